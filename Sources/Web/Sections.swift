import Conduct
import Pages
import StudyModel

/// The sections of a role, in a fixed order; nothing stands there that the role may not open.
enum Sections {
  /// A part of the product a role works in.
  struct Section: Equatable {
    let title: String
    let href: String
    /// What it is for.
    let purpose: String

    init(_ title: String, _ href: String, _ purpose: String) {
      self.title = title
      self.href = href
      self.purpose = purpose
    }
  }

  /// How many stand in the bar, what leads to the others among them.
  static let most = 6

  private static let more = Section("More", "/sections", "Everything the role may open.")

  /// Every section of a role, the more pressing first.
  ///
  /// - Parameters:
  ///   - siteForms: what the role does with forms about sites in the study.
  ///   - samples: what it does with the reviews of samples.
  static func all(
    of role: Role, siteForms: FormUse = .none, samples: FormUse = .none
  ) -> [Section] {
    work(role, siteForms, samples) + safety(role) + randomization(role) + oversight(role)
      + own(role)
  }

  /// Every section of somebody signed in.
  static func all(of actor: Actor) -> [Section] {
    all(of: actor.role, siteForms: actor.siteFormUse, samples: actor.sampleUse)
  }

  /// What the bar shows: the first sections, the one being read, and a link to all others.
  static func bar(
    of role: Role, siteForms: FormUse = .none, samples: FormUse = .none, path: String
  ) -> [SectionLink] {
    let all = all(of: role, siteForms: siteForms, samples: samples)
    let isHere = { (section: Section) in
      section.href == "/" ? path == "/" : path.hasPrefix(section.href)
    }
    guard all.count > most else { return all.map { link($0, isHere($0)) } }
    let first = all.prefix(most - 1)
    let others = all.dropFirst(most - 1)
    guard let current = others.first(where: isHere) else {
      return first.map { link($0, isHere($0)) } + [link(more, isHere(more))]
    }
    return first.dropLast().map { link($0, false) } + [link(current, true), link(more, false)]
  }

  private static func link(_ section: Section, _ isCurrent: Bool) -> SectionLink {
    SectionLink(title: section.title, href: section.href, isCurrent: isCurrent)
  }

  // MARK: What a role works in

  private static func work(
    _ role: Role, _ siteForms: FormUse, _ samples: FormUse
  ) -> [Section] {
    var all: [Section] = []
    all.append(
      role.can(.rate)
        ? Section("Desk", "/desk", "The ratings that are yours.")
        : Section("Home", "/", "What waits for you."))
    // First of all acts, and the home of who has no other: it is needed within a minute.
    if role.can(.emergencyUnblinding) {
      all.append(Section("Emergency", "/emergency", "Opens one allocation at once."))
    }
    let aboutSites = Section(
      "Site forms", EntryPlace.siteForms, "What is entered about a site, such as its stock.")
    if siteForms == .writes { all.append(aboutSites) }
    let drawn = Section("Samples", SamplePage.place, "Records drawn at random to be looked at.")
    if samples == .writes { all.append(drawn) }
    let readsOpen = role.classes.contains(.open)
    // Who follows serious events begins with those.
    if readsParticipants(role), !role.can(.followSafety) || role.can(.enterForms) {
      all.append(participants)
    }
    if readsOpen, role.can(.answerDataQuery) || role.can(.openDataQuery) {
      all.append(Section("Queries", "/queries", "Questions about data, asked and answered."))
    }
    if siteForms == .reads, ParticipantRoutes.readers.admits(role) { all.append(aboutSites) }
    if samples == .reads, ParticipantRoutes.readers.admits(role) { all.append(drawn) }
    return all
  }

  private static func safety(_ role: Role) -> [Section] {
    var all: [Section] = []
    if role.can(.acknowledgeAlerts) || role.can(.knowOfAlerts) {
      all.append(Section("Alerts", "/alerts", "What somebody must acknowledge in time."))
    }
    if role.can(.followSafety) || role.can(.readSafety) {
      all.append(Section("Safety", "/safety", "Serious events and the clocks of reporting."))
    }
    if [.recordDeviations, .judgeDeviations, .openDataQuery, .readDeviations].contains(
      where: role.can)
    {
      all.append(Section("Deviations", "/deviations", "Departures from the protocol."))
    }
    if readsParticipants(role), role.can(.followSafety), !role.can(.enterForms) {
      all.append(participants)
    }
    return all
  }

  private static let participants = Section(
    "Participants", "/participants", "Everybody in your reach.")

  private static func readsParticipants(_ role: Role) -> Bool {
    Actor.knowsParticipants(role) && ParticipantRoutes.readers.admits(role)
  }

  private static func randomization(_ role: Role) -> [Section] {
    var all: [Section] = []
    if role.can(.acknowledgeAllocation) {
      all.append(
        Section("Allocations", "/allocations", "Who was allocated, for the treating team."))
    }
    if role.can(.holdEnvelopes) {
      all.append(Section("Envelopes", "/envelopes", "Sealed arms for when the server is down."))
    }
    if role.can(.activateSite) {
      all.append(Section("Sites", "/sites", "Sites and whether they may enrol."))
    }
    if role.can(.draftRandomization) || role.can(.approveRandomization) {
      all.append(Section("Randomization", "/randomization", "Scheme, keys and activation."))
    }
    if role.can(.correctRandomization) {
      all.append(Section("Corrections", "/corrections", "Randomizations made in error."))
    }
    if Installation.readsDisclosures(role) {
      all.append(Section("Disclosures", "/disclosures", "Who was told of an arm, planned or not."))
    }
    if role.can(.issueEnvelopeCodes) {
      all.append(Section("Envelope codes", "/envelope-codes", "Codes of the sealed cards."))
    }
    if role.can(.discloseCase) {
      all.append(Section("Case disclosure", "/emergency", "One allocation for one report."))
    }
    if role.can(.readUnblindingNotices) {
      all.append(Section("Notices", "/notices", "Who was told of an allocation, and why."))
    }
    if role.can(.draftRandomization) || role.can(.approveRandomization)
      || role.can(.readClosedReport)
    {
      all.append(Section("Ledger", "/ledger", "The chain of allocations and its heads."))
    }
    return all
  }

  private static func oversight(_ role: Role) -> [Section] {
    var all: [Section] = []
    if role.can(.loadStudy) || role.can(.reviewAmendment) || role.can(.activateSite) {
      all.append(Section("Amendments", "/amendments", "Versions of the study, site by site."))
    }
    if role.can(.loadStudy) {
      all.append(Section("Item texts", "/texts", "The words of instruments, by permission."))
    }
    if role.can(.loadStudy) || role.can(.activateSite) || role.can(.softLock) {
      all.append(Section("Study", "/study", "Where the study stands, and what comes next."))
    }
    if role.classes.contains(.open), role.can(.consentParticipant) || role.can(.signForms) {
      all.append(Section("Consent again", "/reconsent", "Consents asked for after an amendment."))
    }
    if role.can(.readOpenReport) || role.can(.readClosedReport) || role.can(.checkInterimReport) {
      all.append(Section("Reports", "/reports", "Interim looks and their reports."))
    }
    if role.can(.readEnrolment) {
      all.append(Section("Enrolment", EnrolmentPage.place, "How many take part."))
    }
    if role.can(.softLock) || role.can(.hardLock) || role.can(.unblind) {
      all.append(Section("Lock", "/lock", "Closing the data, and unblinding."))
    }
    if role.can(.exportBlinded) {
      all.append(Section("Exports", "/exports", "Datasets with what proves them whole."))
    }
    if role.can(.manageAccounts) {
      all.append(Section("Accounts", "/accounts", "People, invitations and roles."))
    }
    if role.can(.analyse) {
      all.append(Section("Planning", "/planning", "Size, bounds and chances of the design."))
      all.append(Section("Result", "/result", "The analysis of the trial."))
    }
    return all
  }

  private static func own(_ role: Role) -> [Section] {
    var all: [Section] = []
    if role.can(.enterForms), role.classes.contains(.open) || role.classes.contains(.treatment) {
      all.append(Section("Import", "/import", "Many values from a table at once."))
    }
    if role.can(.readOwnAudit) {
      all.append(Section("Your record", "/audit/own", "What is on record of your entries."))
    }
    if Actor.readsAuditTrail(role) {
      all.append(Section("Audit trail", "/audit", "Who changed what, when and why."))
    }
    if role.can(.signForms) || role.can(.softLock) || role.can(.hardLock) || role.can(.unblind) {
      all.append(
        Section("Your signature", "/signature", "Your signatures and what they stand for."))
    }
    if Installation.reportsUnblinding(role) {
      all.append(
        Section(
          "Report unblinding", UnblindingReportPage.place, "For when you learnt an arm by accident."
        ))
    }
    return all
  }
}

/// The page of every section of the role.
enum SectionsPage {
  static func show(_ call: Call) throws -> SectionListModel {
    let actor = try call.actor
    return SectionListModel(
      frame: call.site.frame(for: call),
      rows: Sections.all(of: actor).map {
        SectionRow(link: Link(text: $0.title, href: $0.href), purpose: $0.purpose)
      })
  }
}
