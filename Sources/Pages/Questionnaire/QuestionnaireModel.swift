/// Questions for a participant on their own device.
public struct QuestionnaireModel: Sendable, Equatable {
  /// The frame of the page; the title of the study is the neutral name of the site.
  public var frame: PageFrame
  /// The number of the question, in words.
  public var position: String
  /// How many questions are answered.
  public var answered: Int
  /// How many questions there are.
  public var count: Int
  /// When the answers were kept.
  public var kept: String
  /// The questions of this page.
  public var questions: [Question]
  /// The question before.
  public var back: Link?
  /// The words on the button.
  public var button: String
  /// Where the answers are posted, each under the name of its question.
  public var form: FormTarget
  /// Questions without an answer.
  public var faults: [Fault]
  /// Whom to call.
  public var help: HelpLine
  /// Where the answers are kept for later.
  public var pause: Link?
  /// How long after the first opening each question was answered; nil where that is not kept.
  public var times: QuestionTimes?

  /// All of it at once.
  public init(
    frame: PageFrame, position: String, answered: Int, count: Int, kept: String = "",
    questions: [Question], back: Link? = nil, button: String = "Continue", form: FormTarget,
    faults: [Fault] = [], help: HelpLine, pause: Link? = nil,
    times: QuestionTimes? = nil
  ) {
    self.frame = frame
    self.position = position
    self.answered = answered
    self.count = count
    self.kept = kept
    self.questions = questions
    self.back = back
    self.button = button
    self.form = form
    self.faults = faults
    self.help = help
    self.pause = pause
    self.times = times
  }
}

/// The times at which questions were answered, which a browser with scripts notes.
public struct QuestionTimes: Sendable, Equatable {
  /// Whole seconds since the questions were first opened.
  public var elapsed: Int
  /// What is noted already: names of boxes with whole seconds.
  public var known: [Choice]

  /// All of it at once.
  public init(elapsed: Int, known: [Choice] = []) {
    self.elapsed = elapsed
    self.known = known
  }

  /// The name of the box that holds the seconds of a question.
  public static func name(of question: String) -> String { "_at.\(question)" }
}

/// One question.
public struct Question: Sendable, Equatable {
  /// The name under which the answer is sent.
  public var name: String
  /// The question in words.
  public var title: String
  /// The time it asks about.
  public var hint: String
  /// The answers.
  public var choices: [Choice]
  /// The answer that was chosen.
  public var selected: String
  /// Whether "I prefer not to answer" may be chosen, sent as RF.
  public var mayDecline: Bool

  /// All of it at once.
  public init(
    name: String, title: String, hint: String = "", choices: [Choice], selected: String = "",
    mayDecline: Bool = true
  ) {
    self.name = name
    self.title = title
    self.hint = hint
    self.choices = choices
    self.selected = selected
    self.mayDecline = mayDecline
  }
}

/// Whom a participant can call at any hour.
public struct HelpLine: Sendable, Equatable {
  /// The sentence before the number.
  public var text: String
  /// The number as it is read.
  public var number: String
  /// The number as a link.
  public var href: String

  /// All of it at once.
  public init(text: String, number: String, href: String) {
    self.text = text
    self.number = number
    self.href = href
  }
}

/// All answers before they are sent.
public struct QuestionnaireReviewModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// The questions with their answers.
  public var answers: [ReviewedAnswer]
  /// Where they are sent.
  public var form: FormTarget
  /// Whom to call.
  public var help: HelpLine
  /// The answers under the names of their questions, sent along since nothing is stored before.
  public var carried: [Choice]

  /// All of it at once.
  public init(
    frame: PageFrame, answers: [ReviewedAnswer], form: FormTarget, help: HelpLine,
    carried: [Choice] = []
  ) {
    self.frame = frame
    self.answers = answers
    self.form = form
    self.help = help
    self.carried = carried
  }
}

/// One answer before it is sent.
public struct ReviewedAnswer: Sendable, Equatable {
  /// The question in words.
  public var question: String
  /// The answer in words.
  public var answer: String
  /// Where it can be changed; none where all are changed together.
  public var change: Link?

  /// All of it at once.
  public init(question: String, answer: String, change: Link? = nil) {
    self.question = question
    self.answer = answer
    self.change = change
  }
}

/// Thanks, and first of all help when an answer asks for it.
public struct QuestionnaireThanksModel: Sendable, Equatable {
  /// The frame of the page.
  public var frame: PageFrame
  /// What is said first when an answer asks for help.
  public var support: [String]
  /// What the page says first, in a word or two.
  public var title: String
  /// When the next questions come.
  public var next: String
  /// Whom to call.
  public var help: HelpLine

  /// All of it at once.
  public init(
    frame: PageFrame, title: String = "Thank you", support: [String] = [], next: String,
    help: HelpLine
  ) {
    self.frame = frame
    self.title = title
    self.support = support
    self.next = next
    self.help = help
  }
}
