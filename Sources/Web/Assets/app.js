// Nothing here is needed but for passkeys: every page works as links and forms. It only saves a round trip, and notes
// when the questions of a questionnaire were answered.
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
// forgets everything. What was sent is forgotten when the next page tells that it was taken or judged:
// with faults the server sends it back, and the next person's form begins empty. It stays after a
// failure, a request too many or a sign-in page.
const person = document.querySelector(".who > :first-child")?.textContent ?? "";
// Parts of a questionnaire share an address and differ in their title.
const keepKey = (form) =>
  `typed ${person} ${location.pathname} ${person ? "" : document.title} ${form.getAttribute("action")}`;
document.querySelector("form.sign-out")?.addEventListener("submit", () => sessionStorage.clear());
const isKept = (control) =>
  control.name && !control.name.startsWith("_") && !["password", "hidden", "file"].includes(control.type) &&
  control.autocomplete !== "one-time-code";
const sent = JSON.parse(sessionStorage.getItem("sent") ?? "null");
const answered = performance.getEntriesByType("navigation")[0]?.responseStatus ?? 200;
// The answers to a questionnaire are looked through once more before they are handed in.
const isOpen = person === "" && sent &&
  [...document.forms].some((form) => form.getAttribute("action") === sent[1]);
if (!isOpen) sessionStorage.removeItem("sent");
const isJudged = answered < 400 || [409, 412, 422].includes(answered);
if (sent && !isOpen && sent[0] === person && isJudged) {
  const [begin, end] = [`typed ${sent[0]} `, ` ${sent[1]}`];
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(begin) && key.endsWith(end)) sessionStorage.removeItem(key);
  }
}
for (const form of document.querySelectorAll("form[method=post]")) {
  const controls = [...form.elements].filter(isKept);
  // The answers to a questionnaire belong to its address, whose secret nobody else has.
  if (person === "" && !form.querySelector("input[name=_elapsed]") || controls.length === 0) continue;
  form.addEventListener("input", () => {
    const typed = controls.map((c) => [c.name, c.value, c.checked ?? false]);
    sessionStorage.setItem(keepKey(form), JSON.stringify(typed));
  });
  form.addEventListener("submit", () =>
    sessionStorage.setItem("sent", JSON.stringify([person, form.getAttribute("action")])));
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

// How many questions are answered, counted as they are.
for (const progress of document.querySelectorAll(".progress progress")) {
  const questions = [...document.querySelectorAll("fieldset.question")];
  if (questions.length === 0) continue;
  const count = () => questions.filter((question) => question.querySelector("input:checked")).length;
  const before = progress.value - questions.filter((question) =>
    question.querySelector("input[checked]")).length;
  const tell = () => {
    progress.value = before + count();
    progress.textContent = `${progress.value} of ${progress.max}`;
  };
  tell();
  document.addEventListener("change", tell);
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

// How long after the first opening each question of a questionnaire was last answered.
for (const elapsed of document.querySelectorAll("input[name=_elapsed]")) {
  const begun = Number(elapsed.value) - performance.now() / 1000;
  elapsed.form.addEventListener("change", (event) => {
    const box = elapsed.form.elements.namedItem(`_at.${event.target.name}`);
    if (box) box.value = String(Math.floor(begun + performance.now() / 1000));
  });
}

// An address that is handed over is chosen whole, ready to be copied.
for (const box of document.querySelectorAll("input.hand-out")) {
  box.addEventListener("focus", () => box.select());
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

// Making and using a passkey, for which a browser can be asked by a script alone.
for (const part of document.querySelectorAll("[data-part^=passkey-]")) {
  const form = part.closest("form");
  const line = part.querySelector("[role=status]");
  const purpose = part.dataset.part.slice("passkey-".length);
  const bytes = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const put = (name, buffer) => { form.elements[name].value = text(buffer); };

  const asked = async () => {
    const answer = await fetch(
      purpose === "sign-in" ? "/api/v1/sessions/passkey/challenge" : "/api/v1/account/passkeys/challenge", {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Equipoise-Token": form.elements._token.value },
        body: JSON.stringify(purpose === "sign-in" ? {} : { purpose }),
      });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.sentence);
    return told;
  };

  const make = async () => {
    const told = await asked();
    const made = await navigator.credentials.create({ publicKey: {
      rp: { id: told.rp_id, name: "Equipoise" },
      user: { id: bytes(told.user_handle), name: told.username, displayName: told.name },
      challenge: bytes(told.challenge),
      pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: "public-key", alg })),
      excludeCredentials: told.passkeys.map((id) => ({ type: "public-key", id: bytes(id) })),
      authenticatorSelection: { residentKey: "discouraged", userVerification: "required" },
      attestation: "none", timeout: 300_000,
    } });
    put("passkey_client", made.response.clientDataJSON);
    put("passkey_attestation", made.response.attestationObject);
  };

  const use = async () => {
    const told = await asked();
    const given = await navigator.credentials.get({ publicKey: {
      rpId: told.rp_id, challenge: bytes(told.challenge),
      allowCredentials: told.passkeys.map((id) => ({ type: "public-key", id: bytes(id) })),
      userVerification: "required", timeout: 300_000,
    } });
    put("passkey_id", given.rawId);
    put("passkey_client", given.response.clientDataJSON);
    put("passkey_data", given.response.authenticatorData);
    put("passkey_signature", given.response.signature);
  };

  // The browser's own words say too little: what matters is that nothing was sent.
  const attempt = async (act, done) => {
    if (!window.PublicKeyCredential) {
      line.textContent = "This browser cannot use passkeys here.";
      return;
    }
    line.textContent = "Your browser asks for the passkey.";
    try {
      await act();
      done();
    } catch (fault) {
      line.textContent = fault instanceof DOMException
        ? fault.name === "InvalidStateError"
          ? "This device keeps a passkey of yours already."
          : "No passkey was given. Nothing was changed. Try again."
        : fault.message;
      delete form.dataset.sent;
    }
  };

  if (purpose === "confirm") {
    part.querySelector("button").addEventListener("click", () =>
      attempt(use, () => { line.textContent = "The passkey is given. Leave the code empty and go on."; }));
  } else {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      attempt(purpose === "add" ? make : use, () => form.submit());
    });
  }
}
