import Markup

extension Markup {
  /// Writes the document around the content of a page.
  mutating func document(
    _ frame: PageFrame, title: String, shape: PageShape, main: (inout Markup) -> Void
  ) {
    doctype()
    element(.html, .lang("en")) { page in
      page.element(.head) { page in
        page.empty(.meta, .charset("utf-8"))
        page.empty(
          .meta, .name("viewport"), .content("width=device-width, initial-scale=1"))
        page.empty(.meta, .name("color-scheme"), .content("light dark"))
        page.element(.title, text: title)
        page.empty(.link, .rel("stylesheet"), .href(frame.assets.style))
        page.empty(.script, .defer, .source(frame.assets.script))
      }
      page.element(.body) { page in
        if frame.isTraining { page.trainingBand() }
        page.bar(frame)
        page.element(.main, .id("main"), .class(shape.rawValue), .tabIndex(-1)) { page in
          if !frame.status.isEmpty {
            page.element(.p, .class("status"), .role("status"), .tabIndex(-1), text: frame.status)
          }
          main(&page)
        }
        page.foot(frame)
      }
    }
  }

  /// Writes the band over every page of an installation in which nothing is real.
  mutating func trainingBand() {
    element(
      .p, .class("training"), .role("note"), text: "Training: nothing here is a real trial")
  }

  private mutating func bar(_ frame: PageFrame) {
    element(.header, .class("bar")) { page in
      page.element(.a, .class("skip"), .href("#main"), text: "Skip to the content")
      page.element(.a, .class("product"), .href(frame.homeHref), text: "Equipoise")
      page.element(.div, .class("study")) { page in
        page.element(.span, text: frame.study)
        if !frame.place.isEmpty { page.element(.small, text: frame.place) }
      }
      if !frame.sections.isEmpty { page.sections(frame.sections) }
      if let visitor = frame.visitor { page.visitor(visitor) }
    }
  }

  private mutating func sections(_ sections: [SectionLink]) {
    element(.nav, .label("Sections")) { page in
      page.element(.ul) { page in
        for section in sections {
          page.element(.li) { page in
            page.element(.a, .href(section.href), section.isCurrent ? .current("page") : nil) {
              page in
              page.text(section.title)
              if section.count > 0 {
                page.text(" ")
                page.element(.span, .class("count"), text: String(section.count))
              }
            }
          }
        }
      }
    }
  }

  private mutating func visitor(_ visitor: Visitor) {
    element(.div, .class("visitor")) { page in
      page.element(.div, .class("who")) { page in
        page.link(Link(text: visitor.name, href: visitor.accountHref, context: "your account"))
        page.element(.small, text: "\(visitor.role) · \(visitor.sessionEnd)")
      }
      if let change = visitor.switchForm, !visitor.switches.isEmpty {
        page.element(.details, .class("switch")) { page in
          page.element(.summary, text: "Change role")
          page.form(change) { page in
            page.element(.label, .for("role"), text: "Role and site")
            page.element(.select, .id("role"), .name("role")) { page in
              for choice in visitor.switches {
                page.element(.option, .value(choice.value), text: choice.title)
              }
            }
            page.button("Change to this role")
          }
        }
      }
      page.form(visitor.signOut, class: "sign-out") { page in
        page.button("Sign out", kind: .quiet)
      }
    }
  }

  private mutating func foot(_ frame: PageFrame) {
    element(.footer, .class("foot")) { page in
      page.element(.p) { page in
        page.text("Equipoise")
        if let help = frame.help {
          page.text(" · ")
          page.link(help)
        }
      }
    }
  }
}
