/// The sites of the study.
public struct SitesModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The sites in order of their keys.
  public var rows: [SiteRow]
  /// The page for a new site.
  public var newSite: Link?
  /// The opening of the whole study for enrolment.
  public var enrolment: ActForm?
  /// Why it was refused.
  public var faults: [Fault]

  /// All of it at once.
  public init(
    frame: PageFrame, rows: [SiteRow], newSite: Link? = nil, enrolment: ActForm? = nil,
    faults: [Fault] = []
  ) {
    self.frame = frame
    self.rows = rows
    self.newSite = newSite
    self.enrolment = enrolment
    self.faults = faults
  }
}

/// One site.
public struct SiteRow: Sendable, Equatable {
  /// The key of the site.
  public var key: String
  /// Its name.
  public var name: String
  /// Where it is.
  public var href: String
  /// Its time zone.
  public var zone: String
  /// Its state.
  public var chip: Chip
  /// Randomized of planned.
  public var randomized: String
  /// The protocol version in force there.
  public var protocolVersion: String
  /// What can be done.
  public var act: Link?

  /// All of it at once.
  public init(
    key: String, name: String, href: String, zone: String, chip: Chip, randomized: String,
    protocolVersion: String, act: Link? = nil
  ) {
    self.key = key
    self.name = name
    self.href = href
    self.zone = zone
    self.chip = chip
    self.randomized = randomized
    self.protocolVersion = protocolVersion
    self.act = act
  }
}

/// One site, with what its activation needs.
public struct SiteModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The list of sites.
  public var back: Link
  /// Key and name.
  public var name: String
  /// Its state.
  public var chip: Chip
  /// Zone, protocol, cap.
  public var facts: [Fact]
  /// What is missing, with where it is mended.
  public var unmet: [CheckItem]
  /// What is there.
  public var met: [CheckGroup]
  /// Activation, when nothing is missing.
  public var act: ActForm?
  /// What can be recorded, and the next step on the way.
  public var records: [ActForm]
  /// The page on which the site is closed.
  public var closing: Link?
  /// Why it was refused.
  public var faults: [Fault]

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, name: String, chip: Chip, facts: [Fact], unmet: [CheckItem],
    met: [CheckGroup], act: ActForm? = nil, records: [ActForm] = [], closing: Link? = nil,
    faults: [Fault] = []
  ) {
    self.records = records
    self.closing = closing
    self.frame = frame
    self.back = back
    self.name = name
    self.chip = chip
    self.facts = facts
    self.unmet = unmet
    self.met = met
    self.act = act
    self.faults = faults
  }
}
