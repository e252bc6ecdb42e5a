import Markup

/// How much a button stands out; one primary on a page.
enum ButtonKind: String {
  case primary, plain, danger, quiet
}

extension Markup {
  /// Writes a link; its accessible name begins with the visible words.
  mutating func link(_ link: Link, class name: String? = nil) {
    element(
      .a, name.map(Attribute.class), .href(link.href), link.isOutside ? .besideThisPage : nil,
      link.isOutside ? .tellingNothing : nil,
      link.context.isEmpty ? nil : .label("\(link.text), \(link.context)"), text: link.text)
  }

  /// Writes a link that looks like a button because it opens the page of an act.
  mutating func actLink(_ link: Link, kind: ButtonKind = .plain) {
    self.link(link, class: "button \(kind.rawValue)")
  }

  /// Writes links in one line.
  mutating func links(_ links: [Link]) {
    guard !links.isEmpty else { return }
    element(.p, .class("links")) { page in
      for (index, link) in links.enumerated() {
        if index > 0 { page.text(" · ") }
        page.link(link)
      }
    }
  }

  /// Writes a button that sends the form it stands in.
  mutating func button(
    _ words: String, kind: ButtonKind = .plain, name: String? = nil, value: String? = nil,
    context: String = ""
  ) {
    element(
      .button, .class("button \(kind.rawValue)"), .type(.submit), name.map(Attribute.name),
      value.map(Attribute.value), context.isEmpty ? nil : .label("\(words), \(context)"),
      text: words)
  }

  /// Writes a form with the hidden fields that every form carries.
  mutating func form(
    _ target: FormTarget, class name: String? = nil, sendsFiles: Bool = false,
    content: (inout Markup) -> Void
  ) {
    element(
      .form, name.map(Attribute.class), .method("post"), .action(target.action), .noValidate,
      sendsFiles || target.isLong ? .sendsFiles : nil
    ) { page in
      page.hidden("_token", target.token)
      page.hidden("_key", target.key)
      if !target.version.isEmpty { page.hidden("_version", target.version) }
      for kept in target.kept { page.hidden(kept.name, kept.value) }
      content(&page)
    }
  }

  /// Writes a value that is sent without being shown.
  mutating func hidden(_ name: String, _ value: String) {
    empty(.input, .type(.hidden), .name(name), .value(value))
  }
}
