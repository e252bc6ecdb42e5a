// Nothing here is needed: every page works as links and forms. It only saves a round trip.
"use strict";

// The summary of faults is announced and focused, the line of the last act likewise.
const summary = document.querySelector("[data-part=faults]");
const status = document.querySelector("main > .status");
(summary ?? status)?.focus();

// Where the sections scroll sideways, the one of this page is in sight, also after a phone is turned.
const section = document.querySelector(".bar nav [aria-current]");
const showSection = () => section?.scrollIntoView({ block: "nearest", inline: "center" });
showSection();
addEventListener("resize", showSection);

// Typing is kept in this tab under person and address, and given back after a closed session.
// The name is part of it so that the next person at the same desk never sees it; signing out
// forgets everything.
const person = document.querySelector(".who > :first-child")?.textContent ?? "";
const keepKey = (form) => `typed ${person} ${location.pathname} ${form.getAttribute("action")}`;
document.querySelector("form.sign-out")?.addEventListener("submit", () => sessionStorage.clear());
const isKept = (control) =>
  control.name && !control.name.startsWith("_") && !["password", "hidden", "file"].includes(control.type) &&
  control.autocomplete !== "one-time-code";
for (const form of document.querySelectorAll("form[method=post]")) {
  const controls = [...form.elements].filter(isKept);
  if (person === "" || controls.length === 0) continue;
  form.addEventListener("input", () => {
    const typed = controls.map((c) => [c.name, c.value, c.checked ?? false]);
    sessionStorage.setItem(keepKey(form), JSON.stringify(typed));
  });
  form.addEventListener("submit", () => sessionStorage.removeItem(keepKey(form)));
  // What the server sends back with faults is newer than what this tab remembers.
  if (summary) continue;
  const kept = JSON.parse(sessionStorage.getItem(keepKey(form)) ?? "[]");
  if (kept.length !== controls.length) continue;
  controls.forEach((control, index) => {
    const [name, value, checked] = kept[index];
    if (control.name !== name) return;
    if (control.type === "radio" || control.type === "checkbox") control.checked = checked;
    else control.value = value;
  });
}

// What is typed is kept as a draft on the server after a pause, for its author alone.
for (const line of document.querySelectorAll("[data-part=autosave]")) {
  const form = line.closest("form");
  const address = new URL(form.action);
  address.pathname += "/draft";
  let timer;
  let sending = new AbortController();
  const keep = async () => {
    const body = new URLSearchParams(new FormData(form));
    body.set("_key", crypto.randomUUID());
    try {
      const answer = await fetch(address, { method: "POST", body, signal: sending.signal });
      line.textContent = answer.ok ? await answer.text()
        : "No draft was kept. What you typed is still on this page.";
    } catch (fault) {
      if (fault.name === "AbortError") return;
      line.textContent = "The server cannot be reached. What you typed is still on this page.";
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(keep, 3000);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    sending.abort();
    sending = new AbortController();
  });
}

// A second press does nothing while the first is on its way.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.dataset.sent) return event.preventDefault();
  event.target.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// Number keys choose inside their own group only.
for (const group of document.querySelectorAll("[data-part=number-keys]")) {
  group.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const choice = [...group.querySelectorAll("input[type=radio]")]
      .find((input) => input.value === event.key);
    if (!choice) return;
    choice.checked = true;
    choice.focus();
  });
}

// Choosing a code for no value empties the value, and the other way round, after saying so.
for (const details of document.querySelectorAll("details.missing")) {
  const field = details.closest(".field, .card");
  details.addEventListener("change", (event) => {
    if (event.target.type !== "radio" || event.target.value === "") return;
    const boxes = field.querySelectorAll("input:not(details input), textarea");
    let emptied = false;
    for (const box of boxes) {
      if (box.type === "radio" || box.type === "checkbox") {
        emptied ||= box.checked;
        box.checked = false;
      } else {
        emptied ||= box.value !== "";
        box.value = "";
      }
    }
    if (!emptied) return;
    const line = document.createElement("p");
    line.setAttribute("role", "status");
    line.className = "hint";
    line.textContent = "The value was emptied because a code says that there is none.";
    details.append(line);
  });
}
