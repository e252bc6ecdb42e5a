/// The preconditions of a randomization and, when all are met, the act.
public struct RandomizeModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The participant.
  public var back: Link
  /// The key of the participant.
  public var key: String
  /// Since when eligible, and the day since screening.
  public var lead: String
  /// What is not met, with what to do.
  public var unmet: [CheckItem]
  /// Who you are, asked last and not counted as unmet.
  public var comesLast: CheckItem?
  /// What is met, in groups.
  public var met: [CheckGroup]
  /// How many preconditions there are.
  public var total: Int
  /// What is compared with the source: participant, site.
  public var confirm: [Fact]
  /// The setting to confirm, sent as `setting`.
  public var settings: [Choice]
  /// The setting that was chosen.
  public var setting: String
  /// Where it is posted.
  public var form: FormTarget
  /// What proves who randomizes.
  public var authentication: Authentication
  /// Why it was refused.
  public var faults: [Fault]
  /// The same page, read again.
  public var checkAgain: Link

  /// All of it at once.
  public init(
    frame: PageFrame, back: Link, key: String, lead: String, unmet: [CheckItem],
    comesLast: CheckItem? = nil, met: [CheckGroup], total: Int, confirm: [Fact], settings: [Choice],
    setting: String = "", form: FormTarget, authentication: Authentication = .passwordAndCode,
    faults: [Fault] = [], checkAgain: Link
  ) {
    self.frame = frame
    self.back = back
    self.key = key
    self.lead = lead
    self.unmet = unmet
    self.comesLast = comesLast
    self.met = met
    self.total = total
    self.confirm = confirm
    self.settings = settings
    self.setting = setting
    self.form = form
    self.authentication = authentication
    self.faults = faults
    self.checkAgain = checkAgain
  }
}

/// One precondition.
public struct CheckItem: Sendable, Equatable {
  /// What is met or not met.
  public var sentence: String
  /// The fact behind it.
  public var detail: String
  /// Where it is mended.
  public var link: Link?
  /// The code of the rule.
  public var code: String
  /// False where it only waits for another one.
  public var isBlocking: Bool

  /// All of it at once.
  public init(
    sentence: String, detail: String = "", link: Link? = nil, code: String, isBlocking: Bool = true
  ) {
    self.sentence = sentence
    self.detail = detail
    self.link = link
    self.code = code
    self.isBlocking = isBlocking
  }
}

/// Preconditions that belong together.
public struct CheckGroup: Sendable, Equatable {
  /// What they are about.
  public var title: String
  /// The preconditions.
  public var items: [CheckItem]

  /// All of it at once.
  public init(title: String, items: [CheckItem]) {
    self.title = title
    self.items = items
  }
}
