/// Why a text is not what it should name.
public struct ParseFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// The sentence for the person who wrote the text.
  public let sentence: String

  /// Makes a fault from its sentence.
  public init(_ sentence: String) { self.sentence = sentence }

  /// The sentence.
  public var description: String { sentence }
}

/// A short text with a fixed grammar that names one thing, checked once when it is read.
public protocol ParsedText: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The text as written, already checked.
  var text: String { get }

  /// Reads the name, or says what it should look like.
  init(parsing text: String) throws(ParseFault)
}

extension ParsedText {
  /// The text itself.
  public var description: String { text }

  /// Orders by the bytes of the text, the same on every machine.
  public static func < (left: Self, right: Self) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }
}

/// The code of an arm, such as `KET`.
public struct ArmCode: ParsedText {
  /// The code.
  public let text: String

  /// Reads an arm code.
  public init(parsing text: String) throws(ParseFault) {
    self.text = try Grammar.upper(most: 16).checked(text, "an arm code such as KET")
  }
}

/// The key of a site, such as `104`.
public struct SiteKey: ParsedText {
  /// The three digits.
  public let text: String

  /// Reads a site key.
  public init(parsing text: String) throws(ParseFault) {
    self.text = try Grammar.digits(3).checked(text, "a site key of three digits such as 104")
  }
}

/// The key of a participant, such as `104-0037`.
public struct ParticipantKey: ParsedText {
  /// The key.
  public let text: String

  /// Reads a participant key.
  public init(parsing text: String) throws(ParseFault) {
    self.text = try Grammar.participant.checked(text, "a participant key such as 104-0037")
  }

  /// Makes the key of a site's nth consented participant, or nil past 9999.
  public init?(site: SiteKey, number: Int) {
    guard (1...9999).contains(number) else { return nil }
    let digits = String(number)
    text = site.text + "-" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
  }

  /// The key of the site where consent was given, as text.
  public var siteText: String { String(text.prefix(3)) }
}

/// The code of a visit, such as `BL`.
public struct VisitCode: ParsedText {
  /// The code.
  public let text: String

  /// Reads a visit code.
  public init(parsing text: String) throws(ParseFault) {
    self.text = try Grammar.upper(most: 8).checked(text, "a visit code such as BL or F6")
  }

  private init(reserved text: String) { self.text = text }

  /// Stands in the place of the visit where an entry is about a site; no visit has this code.
  public static let site = VisitCode(reserved: "SITE")
}

/// The name of a form, such as `MADRS`.
public struct FormID: ParsedText {
  /// The name.
  public let text: String

  /// Reads a form name.
  public init(parsing text: String) throws(ParseFault) {
    self.text = try Grammar.upper(most: 16).checked(text, "a form name such as MADRS")
  }
}

/// The name of a field on its form, such as `icf_dt`.
public struct FieldID: ParsedText {
  /// The name.
  public let text: String

  /// Reads a field name.
  public init(parsing text: String) throws(ParseFault) {
    self.text = try Grammar.name(most: 32).checked(text, "a field name such as icf_dt")
  }
}

/// The name of a role, such as `treat_coordinator`.
public struct RoleID: ParsedText {
  /// The name.
  public let text: String

  /// Reads a role name.
  public init(parsing text: String) throws(ParseFault) {
    self.text = try Grammar.lower(most: 32).checked(text, "a role name such as coordinator")
  }
}

/// The name of a stratification factor, such as `severity`.
public struct FactorID: ParsedText {
  /// The name.
  public let text: String

  /// Reads a factor name.
  public init(parsing text: String) throws(ParseFault) {
    self.text = try Grammar.lower(most: 32).checked(text, "a factor name such as severity")
  }
}

/// The name of an instrument, such as `QIDSSR16`.
public struct InstrumentID: ParsedText {
  /// The name.
  public let text: String

  /// Reads an instrument name.
  public init(parsing text: String) throws(ParseFault) {
    self.text = try Grammar.upper(most: 16).checked(text, "an instrument name such as MADRS")
  }
}

/// The only identifier a central rater sees, such as `A-7K3QX9TM`.
public struct AssessmentToken: ParsedText {
  /// The token.
  public let text: String

  /// Reads a token written in Crockford's base 32.
  public init(parsing text: String) throws(ParseFault) {
    self.text = try Grammar.token.checked(text, "a rating token such as A-7K3QX9TM")
  }
}
