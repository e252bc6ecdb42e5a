/// What stands around every page: study, sections, person and status.
public struct PageFrame: Sendable, Equatable {
  /// The title of the study, or the name of the server before sign-in.
  public var study: String
  /// The site in words, or what the role works on.
  public var place: String
  /// Act or state and key for the title of the page; the page's own words when empty.
  public var title: String
  /// What the last act did and what follows.
  public var status: String
  /// Whether nothing here is a real trial.
  public var isTraining: Bool
  /// The sections of the role, six at most.
  public var sections: [SectionLink]
  /// Who is signed in; none before sign-in.
  public var visitor: Visitor?
  /// Where help is found, at the same place on every page.
  public var help: Link?
  /// Where style sheet and script are read from.
  public var assets: AssetPaths
  /// Where the name of the product leads.
  public var homeHref: String

  /// All of it at once.
  public init(
    study: String, place: String = "", title: String = "", status: String = "",
    isTraining: Bool = false, sections: [SectionLink] = [], visitor: Visitor? = nil,
    help: Link? = nil, assets: AssetPaths = AssetPaths(), homeHref: String = "/"
  ) {
    self.study = study
    self.place = place
    self.title = title
    self.status = status
    self.isTraining = isTraining
    self.sections = sections
    self.visitor = visitor
    self.help = help
    self.assets = assets
    self.homeHref = homeHref
  }

  /// The same frame with what waits in a section, where the bar shows that section.
  public func counting(_ count: Int, at href: String) -> PageFrame {
    var frame = self
    for index in frame.sections.indices where frame.sections[index].href == href {
      frame.sections[index].count = count
    }
    return frame
  }
}

/// One section of the role.
public struct SectionLink: Sendable, Equatable {
  /// The name of the section.
  public var title: String
  /// Where it leads.
  public var href: String
  /// Whether the page belongs to it.
  public var isCurrent: Bool
  /// What waits there; not shown when zero.
  public var count: Int

  /// All of it at once.
  public init(title: String, href: String, isCurrent: Bool = false, count: Int = 0) {
    self.title = title
    self.href = href
    self.isCurrent = isCurrent
    self.count = count
  }
}

/// The person signed in, as the bar shows them.
public struct Visitor: Sendable, Equatable {
  /// The name of the person.
  public var name: String
  /// The role in words.
  public var role: String
  /// The latest end of the session in words.
  public var sessionEnd: String
  /// Other roles and sites of the person.
  public var switches: [RoleChoice]
  /// Where a change of role or site is posted.
  public var switchForm: FormTarget?
  /// Where signing out is posted.
  public var signOut: FormTarget
  /// The page of one's own account.
  public var accountHref: String

  /// All of it at once.
  public init(
    name: String, role: String, sessionEnd: String, switches: [RoleChoice] = [],
    switchForm: FormTarget? = nil, signOut: FormTarget, accountHref: String = "/account"
  ) {
    self.accountHref = accountHref
    self.name = name
    self.role = role
    self.sessionEnd = sessionEnd
    self.switches = switches
    self.switchForm = switchForm
    self.signOut = signOut
  }
}

/// A role at a place that the person may take instead.
public struct RoleChoice: Sendable, Equatable {
  /// What the form sends.
  public var value: String
  /// Role and place in words.
  public var title: String

  /// All of it at once.
  public init(value: String, title: String) {
    self.value = value
    self.title = title
  }
}

/// The addresses of our own style sheet and script.
public struct AssetPaths: Sendable, Equatable {
  /// The style sheet.
  public var style: String
  /// The script, which no page needs.
  public var script: String

  /// All of it at once.
  public init(style: String = "/assets/style.css", script: String = "/assets/app.js") {
    self.style = style
    self.script = script
  }
}
