import Markup

extension Markup {
  /// Writes the boxes that prove who acts; nothing is filled in.
  mutating func authentication(_ kind: Authentication) {
    switch kind {
    case .notNeeded: return
    case .password: password()
    case .passwordAndCode: passwordAndCode(shown: "")
    case .passwordAndShownCode(let digits): passwordAndCode(shown: digits)
    case .passwordAndPasskeyOrCode(let digits):
      passwordAndCode(shown: digits)
      passkey(.confirm)
    }
  }

  private mutating func passwordAndCode(shown digits: String) {
    password()
    code(
      label: "One-time code",
      hint: digits.isEmpty
        ? "Six digits from your device, not used before."
        : "In training your device would show \(digits).",
      name: "one_time_code")
  }

  private mutating func password() {
    element(.div, .class("field")) { page in
      page.element(.label, .for("f-password"), text: "Your password")
      page.empty(
        .input, .id("f-password"), .type(.password), .name("password"), .size(32),
        .autocomplete("current-password"))
    }
  }

  /// Writes the box for six digits, which can be pasted at once, or for a longer recovery code.
  mutating func code(
    label: String, hint: String, isRefused: Bool = false, takesRecoveryCode: Bool = false,
    name: String = "code"
  ) {
    let length = takesRecoveryCode ? 36 : 8
    element(.div, .class("field\(isRefused ? " refused" : "")")) { page in
      page.element(.label, .for("f-code"), text: label)
      page.element(.p, .class("hint"), .id("f-code-hint"), text: hint)
      page.empty(
        .input, .id("f-code"), .type(.text), .name(name), .size(length), .maxLength(length),
        takesRecoveryCode ? nil : .inputMode("numeric"), .autocomplete("one-time-code"),
        .describedBy("f-code-hint"),
        isRefused ? .invalid : nil)
    }
  }

  /// Writes the one act of a page, or one beside it: what it does, what it asks for and its button.
  mutating func act(_ act: ActForm, back: Link? = nil, isBeside: Bool = false) {
    part(act.title.isEmpty ? "What happens" : act.title, class: "card") { page in
      page.paragraphs(act.whatHappens)
      if !act.cannotBeUndone.isEmpty {
        page.element(.p, .class("undone")) { page in
          page.element(.strong, text: act.cannotBeUndone)
        }
      }
      page.signatures(act.signers)
      if !act.waitingFor.isEmpty { page.notice(.due, act.waitingFor) }
      page.form(act.form, sendsFiles: act.fields.contains(where: \.control.isFile)) { page in
        page.facts(act.compare)
        for field in act.fields { page.field(field) }
        if !act.compared.isEmpty { page.comparedBox(act.compared) }
        page.authentication(act.authentication)
        if let passkey = act.passkey { page.passkey(passkey) }
        page.element(.div, .class("acts")) { page in
          if let back { page.link(Link(text: "Back", href: back.href, context: back.text)) }
          page.button(
            act.button, kind: act.isDestructive ? .danger : isBeside ? .plain : .primary)
        }
      }
    }
  }

  /// Writes the box that says the facts were compared.
  mutating func comparedBox(_ words: String) {
    element(.div, .class("field")) { page in
      page.element(.label, .class("choice"), .for("f-compared")) { page in
        page.empty(
          .input, .id("f-compared"), .type(.checkbox), .name("compared"), .value("Y"))
        page.element(.span, .class("words"), text: words)
      }
    }
  }

  /// Writes the signatures under something, void ones struck through.
  mutating func signatures(_ signatures: [Signature]) {
    guard !signatures.isEmpty else { return }
    element(.section, .class("signatures"), .label("Signatures")) { page in
      for signature in signatures {
        page.element(.div, .class(signature.voided.isEmpty ? "signature" : "signature void")) {
          page in
          page.element(.p) { page in
            page.element(signature.voided.isEmpty ? .strong : .s, text: signature.name)
            page.text(", \(signature.role), \(signature.time)")
          }
          page.element(.p) { page in
            page.text("“\(signature.meaning)” ")
            page.element(.code, text: signature.digest)
          }
          if !signature.voided.isEmpty {
            page.element(.p, text: "Void: \(signature.voided)")
          }
        }
      }
    }
  }

  /// Writes the steps of a procedure of several people.
  mutating func steps(_ steps: [StepRow]) {
    element(.ol, .class("steps")) { page in
      for step in steps {
        page.element(.li, .class(step.state.name), step.state == .current ? .current("step") : nil)
        { page in
          page.chip(step.state.chip)
          page.element(.div) { page in
            page.element(.strong, text: step.title)
            if !step.detail.isEmpty { page.element(.p, .class("hint"), text: step.detail) }
            page.links(step.open)
          }
        }
      }
    }
  }

  /// Writes preconditions that are not met, with what to do.
  mutating func unmet(_ items: [CheckItem], sign: (CheckItem) -> Chip) {
    element(.ol, .class("checks")) { page in
      for item in items {
        page.element(.li) { page in
          page.element(.div, .class("state")) { page in page.chip(sign(item)) }
          page.element(.div, .class("what")) { page in
            page.element(.strong, text: item.sentence)
            if !item.detail.isEmpty { page.element(.p, text: item.detail) }
            if let link = item.link { page.element(.p) { page in page.link(link) } }
          }
          page.element(.code, text: item.code)
        }
      }
    }
  }

  /// Writes preconditions that are met, folded and in groups.
  mutating func met(_ groups: [CheckGroup], isOpen: Bool) {
    let count = groups.reduce(0) { $0 + $1.items.count }
    guard count > 0 else { return }
    element(.details, .class("card met"), isOpen ? .open : nil) { page in
      page.element(.summary) { page in
        page.element(.h2, text: count == 1 ? "1 is met" : "\(count) are met")
      }
      page.element(.div, .class("groups")) { page in
        for group in groups {
          page.element(.div) { page in
            page.element(.h3, text: group.title)
            page.element(.ul) { page in
              for item in group.items { page.metItem(item) }
            }
          }
        }
      }
    }
  }

  private mutating func metItem(_ item: CheckItem) {
    element(.li) { page in
      page.element(.span, .class("sign"), .hiddenFromSpeech, text: "✓")
      page.element(.div) { page in
        page.text(item.sentence)
        page.element(.small) { page in
          if !item.detail.isEmpty { page.text("\(item.detail) · ") }
          page.element(.code, text: item.code)
        }
      }
    }
  }
}

extension StepState {
  /// The class of the style sheet.
  var name: String {
    switch self {
    case .done: "done"
    case .current: "current"
    case .waiting: "waiting"
    }
  }

  /// The state in words.
  var chip: Chip {
    switch self {
    case .done: .done
    case .current: .state(.calm, "now")
    case .waiting: .state(.off, "later")
    }
  }
}
