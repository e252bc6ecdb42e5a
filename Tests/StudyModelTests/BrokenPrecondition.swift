import StudyModel

/// One change to a ready participant and the refusal code it must give.
struct BrokenPrecondition: Sendable, CustomStringConvertible {
  let code: String
  let what: String
  let change: @Sendable (inout ReadyWorld) throws -> Void

  var description: String { "\(code) \(what)" }

  init(
    _ code: String, _ what: String, _ change: @escaping @Sendable (inout ReadyWorld) throws -> Void
  ) {
    self.code = code
    self.what = what
    self.change = change
  }

  static let all = states + papers + ages + safety + people

  private static let states = [
    BrokenPrecondition("RND-01", "study paused") { $0.facts.studyState = .paused },
    BrokenPrecondition("RND-01", "enrolment closed") { $0.facts.studyState = .enrolmentClosed },
    BrokenPrecondition("RND-01", "site suspended") { $0.facts.siteState = .suspended },
    BrokenPrecondition("RND-03", "still in screening") { $0.facts.participantState = .screening },
    BrokenPrecondition("RND-03", "randomized already") { $0.facts.isRandomized = true },
    BrokenPrecondition("RND-03", "withdrawn") { $0.facts.participantState = .withdrawn },
    BrokenPrecondition("RND-11", "duplicate suspected") { $0.facts.isDuplicateSuspected = true },
    BrokenPrecondition("RND-13", "planned number reached") { $0.facts.randomizedInStudy = 900 },
    BrokenPrecondition("RND-13", "plan's cap reached") { $0.facts.randomizedAtSite = 100 },
    BrokenPrecondition("RND-13", "site's own cap reached") { $0.facts.siteCap = 99 },
  ]

  private static let papers = [
    BrokenPrecondition("RND-02", "consent unsigned") {
      try $0.change("ICF", "SCR") { try $0.with(signature: .some(nil)) }
    },
    BrokenPrecondition("RND-02", "older consent version") {
      try $0.set("ICF", "SCR", "icf_ver", .text("0.9"))
    },
    BrokenPrecondition("RND-02", "consent withdrawn") { $0.facts.isConsentWithdrawn = true },
    BrokenPrecondition("RND-02", "consent changed after signature") { world in
      let now = world.now
      try world.change("ICF", "SCR") { try $0.with(changedAt: now) }
    },
    BrokenPrecondition("RND-04", "eligibility unsigned") {
      try $0.change("ELIG", "SCR") { try $0.with(signature: .some(nil)) }
    },
    BrokenPrecondition("RND-04", "eligibility changed after signature") {
      try $0.change("ELIG", "SCR") {
        try $0.with(changedAt: $0.lastChangedAt.advanced(bySeconds: 1))
      }
    },
    BrokenPrecondition("RND-04", "signer not delegated") {
      try $0.change("ELIG", "SCR") {
        let signature = SignatureFact(
          signedAt: $0.lastChangedAt, role: try RoleID(parsing: "investigator"),
          isDelegated: false)
        return try $0.with(signature: signature)
      }
    },
    BrokenPrecondition("RND-05", "questionnaire in progress") {
      try $0.change("QIDSSR16", "BL") { try $0.with(status: .inProgress) }
    },
    BrokenPrecondition("RND-05", "questionnaire absent") { $0.remove("QIDSSR16", "BL") },
    BrokenPrecondition("RND-05", "risk assessment absent") { $0.remove("CSSRSS", "BL") },
    BrokenPrecondition("RND-05", "blocking query at screening") {
      $0.facts.openBlockingQueries[try VisitCode(parsing: "SCR")] = 1
    },
    BrokenPrecondition("RND-05", "blocking query at baseline") {
      $0.facts.openBlockingQueries[try VisitCode(parsing: "BL")] = 2
    },
  ]

  private static let ages = [
    BrokenPrecondition("RND-06", "rating of 8 days") {
      try $0.change("MADRS", "BL") { try $0.with(on: "2027-03-20") }
    },
    BrokenPrecondition("RND-06", "screening of 29 days") {
      try $0.change("ELIG", "SCR") { try $0.with(on: "2027-02-27") }
    },
    BrokenPrecondition("RND-07", "rating without total") {
      try $0.set("MADRS", "BL", "total", .missing)
    },
    BrokenPrecondition("RND-07", "copy differs from the rating") {
      try $0.set("RANDREQ", "RND", "madrs_bl", .number(ExactNumber(31)))
    },
    BrokenPrecondition("RND-07", "rating of 20") {
      try $0.set("MADRS", "BL", "total", .number(ExactNumber(20)))
      try $0.set("RANDREQ", "RND", "madrs_bl", .number(ExactNumber(20)))
    },
    BrokenPrecondition("RND-07", "no setting") {
      try $0.set("RANDREQ", "RND", "setting", .missing)
    },
    BrokenPrecondition("RND-07", "request still a draft") {
      try $0.change("RANDREQ", "RND") { try $0.with(status: .inProgress) }
    },
  ]

  private static let safety = [
    BrokenPrecondition("RND-08", "test positive") {
      try $0.set("PREG", "BL", "presult", .text("POS"))
    },
    BrokenPrecondition("RND-08", "two tests of one day, one of them positive") {
      $0.facts.entries.append(
        try ReadyWorld.entry("PREG", "UNS", "2027-03-24", ["presult": .text("POS")]))
    },
    BrokenPrecondition("RND-08", "a later test positive") {
      $0.facts.entries.append(
        try ReadyWorld.entry("PREG", "UNS", "2027-03-26", ["presult": .text("POS")]))
    },
    BrokenPrecondition("RND-08", "test of 8 days") {
      try $0.change("PREG", "BL") { try $0.with(on: "2027-03-20") }
    },
    BrokenPrecondition("RND-08", "test without result") {
      try $0.set("PREG", "BL", "presult", .missing)
    },
    BrokenPrecondition("RND-08", "unknown whether a test is needed") {
      try $0.set("DM", "SCR", "childbearing", .missing)
      try $0.set("PREG", "BL", "presult", .missing)
    },
    BrokenPrecondition("RND-09", "risk high") {
      try $0.set("CSSRSS", "BL", "risk", .text("high"))
    },
    BrokenPrecondition("RND-09", "risk not told") { try $0.set("CSSRSS", "BL", "risk", .missing) },
    BrokenPrecondition("RND-09", "review before the assessment") {
      try $0.set("CSSRSS", "BL", "risk", .text("high"))
      $0.facts.entries.append(
        try ReadyWorld.entry("SAFREV", nil, "2027-03-23", [:], signed: true))
    },
    BrokenPrecondition("RND-09", "review unsigned") {
      try $0.set("CSSRSS", "BL", "risk", .text("high"))
      $0.facts.entries.append(try ReadyWorld.entry("SAFREV", nil, "2027-03-25", [:]))
    },
    BrokenPrecondition("RND-10", "no slots") { try $0.set("SLOT", "RND", "allslot", .text("N")) },
    BrokenPrecondition("RND-10", "slots lapsed") {
      try $0.set(
        "SLOT", "RND", "valid_until", .date(try CalendarDate(parsing: "2027-03-27")))
    },
    BrokenPrecondition("RND-10", "slots not confirmed") { $0.remove("SLOT", "RND") },
  ]

  private static let people = [
    BrokenPrecondition("RND-12", "role cannot") { $0.requester(canRandomize: false) },
    BrokenPrecondition("RND-12", "not delegated") { $0.requester(isDelegated: false) },
    BrokenPrecondition("RND-12", "unblinded staff") { $0.requester(isOnList: true) },
    BrokenPrecondition("RND-14", "never proved") { $0.requester(secondsAgo: nil) },
    BrokenPrecondition("RND-14", "proved too long ago") { $0.requester(secondsAgo: 301) },
    BrokenPrecondition("RND-14", "proved in the future") { $0.requester(secondsAgo: -1) },
  ]

  static let harmless = [
    BrokenPrecondition("", "a man needs no test") {
      try $0.set("DM", "SCR", "sex", .text("M"))
      try $0.set("DM", "SCR", "childbearing", .missing)
      try $0.set("PREG", "BL", "presult", .missing)
    },
    BrokenPrecondition("", "no childbearing potential") {
      try $0.set("DM", "SCR", "childbearing", .truth(false))
      try $0.set("PREG", "BL", "presult", .missing)
    },
    BrokenPrecondition("", "high risk with a signed review after it") {
      try $0.set("CSSRSS", "BL", "risk", .text("high"))
      $0.facts.entries.append(
        try ReadyWorld.entry("SAFREV", nil, "2027-03-25", [:], signed: true))
    },
    BrokenPrecondition("", "rating of exactly 7 days") {
      try $0.change("MADRS", "BL") { try $0.with(on: "2027-03-21") }
    },
    BrokenPrecondition("", "an older positive test followed by a negative one") {
      try $0.set("PREG", "SCR", "presult", .text("POS"))
    },
    BrokenPrecondition("", "query elsewhere") {
      $0.facts.openBlockingQueries[try VisitCode(parsing: "UNS")] = 1
    },
    BrokenPrecondition("", "one place left at the site") { $0.facts.siteCap = 100 },
  ]
}
