public import Pages

/// Invented pages for the preview and the tests; every text passes through one function.
///
/// The tests put hostile text into every string of every model by giving another function.
public struct Samples: Sendable {
  /// What is done to every text before it enters a model.
  let t: @Sendable (String) -> String

  /// Samples whose texts all pass through a function.
  public init(_ text: @escaping @Sendable (String) -> String = { $0 }) {
    t = text
  }

  /// Every page under the name of its file.
  public var all: [(name: String, page: any PageModel)] {
    signingIn + participants + capture + ratings + randomization + disclosure + schemes + planning
      + study
      + closing
  }

  func form(_ action: String, version: String = "") -> FormTarget {
    FormTarget(
      action: t(action), token: t("f3b1a90c77d2"), key: t("01-7c1e40b2"),
      version: version.isEmpty ? "" : t(version))
  }

  func frame(
    _ person: String, _ role: String, place: String, sections: [String], current: Int = 0,
    status: String = "", switches: [RoleChoice] = []
  ) -> PageFrame {
    PageFrame(
      study: t("KAP-ECT"), place: t(place), status: status.isEmpty ? "" : t(status),
      isTraining: true,
      sections: sections.enumerated().map { index, title in
        SectionLink(
          title: t(title), href: t("/kap-ect/\(title.lowercased())"), isCurrent: index == current,
          count: title == "Queries" && sections.count == 4 ? 3 : 0)
      },
      visitor: Visitor(
        name: t(person), role: t(role), sessionEnd: t("signed in until 12:41"),
        switches: switches, switchForm: switches.isEmpty ? nil : form("/session/role"),
        signOut: form("/session/end"), accountHref: t("/account")),
      help: Link(text: t("Help"), href: t("/help")),
      assets: AssetPaths(style: t("style.css"), script: t("app.js")), homeHref: t("/"))
  }

  func coordinator(_ current: Int, status: String = "") -> PageFrame {
    frame(
      "M. Coordinator", "coordinator", place: "Site 104 Lindenhof",
      sections: ["Today", "Participants", "Queries", "Calendar"], current: current,
      status: status,
      switches: [
        RoleChoice(value: t("104-cog"), title: t("cognitive assessor, site 104 Lindenhof"))
      ])
  }

  func rater() -> PageFrame {
    frame(
      "L. Rater", "rater", place: "central ratings", sections: ["Desk", "Calendar", "Questions"])
  }

  func treatment(status: String = "") -> PageFrame {
    frame(
      "T. Treatment", "treatment coordinator", place: "Site 104 Lindenhof",
      sections: ["Allocations", "Treatment", "Safety"], status: status)
  }

  func statistician(_ current: Int, _ person: String = "A. Statistician") -> PageFrame {
    frame(
      person, "statistician", place: "analysis",
      sections: ["Results", "Interim reports", "Lock", "Exports", "History"], current: current)
  }

  func plain(_ study: String = "Equipoise at Lindenhof") -> PageFrame {
    PageFrame(
      study: t(study), isTraining: true, help: Link(text: t("Help"), href: t("/help")),
      assets: AssetPaths(style: t("style.css"), script: t("app.js")), homeHref: t("/"))
  }
}
