extension FormulaFunction {
  /// The value for these arguments; missing where they do not fit.
  func value(of arguments: [FormulaValue], by clocks: FormulaClocks) -> FormulaValue {
    guard arity.contains(arguments.count), let first = arguments.first else { return .missing }
    let operands = arguments.flatMap(\.numbersHeld)
    let numbers = operands.compactMap(\.numberValue)
    let isComplete = numbers.count == operands.count
    switch self {
    case .has: return .truth(!first.isMissing)
    case .definitely: return .truth(first.truthValue == true)
    case .choose: return Self.chosen(first.truthValue, arguments[1], arguments[2])
    case .sum: return isComplete ? Self.total(numbers) : .missing
    case .max: return isComplete ? .from(numbers.max()) : .missing
    case .min: return isComplete ? .from(numbers.min()) : .missing
    case .sumAnswered: return Self.total(numbers)
    case .maxAnswered: return .from(numbers.max())
    case .countAnswered: return .number(ExactNumber(arguments.count { !$0.isMissing }))
    case .countTrue: return Self.countTrue(arguments)
    case .round: return .from(Self.rounded(numbers))
    case .band: return Self.band(arguments)
    case .oneOf: return Self.oneOf(first, arguments.dropFirst())
    case .includes: return Self.includes(first, arguments[1])
    case .days: return Self.days(first, arguments[1])
    case .minutes: return Self.minutes(first, arguments[1])
    case .year: return Self.year(first, clocks.site)
    case .date: return Self.date(first, clocks.site)
    case .sponsorDate: return Self.date(first, clocks.sponsor)
    case .later: return Self.later(first, arguments[1])
    case .earliest: return Self.completed(first, isLast: false)
    case .latest: return Self.completed(first, isLast: true)
    case .firstFrom: return Self.first(from: first, arguments.dropFirst())
    case .lastUntil: return Self.last(until: first, arguments.dropFirst())
    case .startsWith: return Self.startsWith(first, arguments.dropFirst())
    case .mentions: return Self.mentions(first, arguments.dropFirst())
    case .numbered: return Self.numbered(first, arguments[1], arguments[2])
    }
  }

  private static func chosen(
    _ condition: Bool?, _ yes: FormulaValue, _ no: FormulaValue
  ) -> FormulaValue {
    condition.map { $0 ? yes : no } ?? .missing
  }

  private static func total(_ numbers: [ExactNumber]) -> FormulaValue {
    .from(numbers.reduce(ExactNumber(0)) { sum, next in sum?.plus(next) })
  }

  private static func countTrue(_ arguments: [FormulaValue]) -> FormulaValue {
    let truths = arguments.compactMap(\.truthValue)
    guard truths.count == arguments.count else { return .missing }
    return .number(ExactNumber(truths.count { $0 }))
  }

  private static func rounded(_ numbers: [ExactNumber]) -> ExactNumber? {
    guard numbers.count == 2, let decimals = numbers[1].whole else { return nil }
    return numbers[0].rounded(decimals: decimals)
  }

  // Bands are written in rising order; the last lower bound not above the value names it.
  private static func band(_ arguments: [FormulaValue]) -> FormulaValue {
    guard let number = arguments[0].numberValue else { return .missing }
    var name = FormulaValue.missing
    for index in stride(from: 1, to: arguments.count - 1, by: 2) {
      guard let lower = arguments[index].numberValue, lower <= number else { continue }
      name = arguments[index + 1]
    }
    return name
  }

  private static func oneOf(
    _ first: FormulaValue, _ others: ArraySlice<FormulaValue>
  ) -> FormulaValue {
    guard !first.isMissing else { return .missing }
    return .truth(others.contains { ComparisonOperator.equal.holds(first, $0) == true })
  }

  private static func includes(_ list: FormulaValue, _ code: FormulaValue) -> FormulaValue {
    guard case .choices(let codes) = list, case .text(let code) = code else { return .missing }
    return .truth(codes.contains(code))
  }

  private static func days(_ later: FormulaValue, _ earlier: FormulaValue) -> FormulaValue {
    guard case .date(let later) = later, case .date(let earlier) = earlier else { return .missing }
    return .number(ExactNumber(later.days(since: earlier)))
  }

  private static func minutes(_ later: FormulaValue, _ earlier: FormulaValue) -> FormulaValue {
    guard case .instant(let later) = later, case .instant(let earlier) = earlier else {
      return .missing
    }
    return .from(
      ExactNumber(Int128(later.seconds(since: earlier)), over: 60)?.floor.map { ExactNumber($0) })
  }

  // Without a clock an instant has no day.
  private static func date(_ value: FormulaValue, _ clock: SiteClock?) -> FormulaValue {
    switch value {
    case .date: value
    case .instant(let instant): clock.map { .date($0.date(at: instant)) } ?? .missing
    case .number, .text, .truth, .choices, .missing: .missing
    }
  }

  private static func later(_ date: FormulaValue, _ days: FormulaValue) -> FormulaValue {
    // A hundred years are enough for any plan; further dates would leave the calendar.
    guard case .date(let date) = date, let days = days.numberValue?.whole,
      (-36_525...36_525).contains(days)
    else { return .missing }
    return .date(date.advanced(by: days))
  }

  // `2027` can be any day of that year; two partial dates are compared by the ends of what they mean.
  private static func completed(_ value: FormulaValue, isLast: Bool) -> FormulaValue {
    if case .date = value { return value }
    guard case .text(let text) = value else { return .missing }
    let first = [4: "-01-01", 7: "-01", 10: ""][text.utf8.count]
    guard let first, let start = try? CalendarDate(parsing: text + first) else { return .missing }
    guard isLast else { return .date(start) }
    let days = [4: 366, 7: 31, 10: 1][text.utf8.count] ?? 1
    let last = (1...days).last { start.advanced(by: $0 - 1).description.hasPrefix(text) }
    return .date(start.advanced(by: (last ?? 1) - 1))
  }

  // A partial date counts from the first day it can mean.
  private static func first(
    from start: FormulaValue, _ days: ArraySlice<FormulaValue>
  ) -> FormulaValue {
    guard case .date(let start) = start else { return .missing }
    return dates(days).filter { $0 >= start }.min().map { .date($0) } ?? .missing
  }

  private static func last(
    until end: FormulaValue, _ days: ArraySlice<FormulaValue>
  ) -> FormulaValue {
    guard case .date(let end) = end else { return .missing }
    return dates(days).filter { $0 <= end }.max().map { .date($0) } ?? .missing
  }

  private static func dates(_ days: ArraySlice<FormulaValue>) -> [CalendarDate] {
    days.flatMap { value -> [CalendarDate] in
      let each: [FormulaValue] =
        if case .choices(let texts) = value { texts.map { .text($0) } } else { [value] }
      return each.compactMap {
        if case .date(let date) = completed($0, isLast: false) { date } else { nil }
      }
    }
  }

  private static func startsWith(
    _ value: FormulaValue, _ beginnings: ArraySlice<FormulaValue>
  ) -> FormulaValue {
    guard case .text(let text) = value else { return .missing }
    return .truth(
      beginnings.contains { beginning in
        if case .text(let first) = beginning {
          compact(text).hasPrefix(compact(first))
        } else {
          false
        }
      })
  }

  // A code typed by hand is the same code in small letters and with blanks.
  private static func compact(_ text: String) -> String {
    text.filter { !$0.isWhitespace }.uppercased()
  }

  private static func mentions(
    _ value: FormulaValue, _ names: ArraySlice<FormulaValue>
  ) -> FormulaValue {
    guard case .text(let text) = value else { return .missing }
    let written = FoldedWords(text)
    return .truth(
      names.contains { name in
        if case .text(let name) = name { written.hold(FoldedWords(name)) } else { false }
      })
  }

  // A number that is longer than its places stands whole.
  private static func numbered(
    _ beginning: FormulaValue, _ number: FormulaValue, _ digits: FormulaValue
  ) -> FormulaValue {
    guard case .text(let beginning) = beginning, let number = number.numberValue?.whole,
      let digits = digits.numberValue?.whole, number >= 0, (1...18).contains(digits)
    else { return .missing }
    let written = String(number)
    return .text(
      beginning + String(repeating: "0", count: Swift.max(0, digits - written.count)) + written)
  }

  private static func year(_ value: FormulaValue, _ clock: SiteClock?) -> FormulaValue {
    guard case .date(let date) = date(value, clock) else { return .missing }
    return .number(ExactNumber(date.parts.year))
  }
}

extension FormulaValue {
  /// What a function of numbers takes: of a list each number in it, of everything else the value itself.
  fileprivate var numbersHeld: [FormulaValue] {
    guard case .choices(let texts) = self else { return [self] }
    return texts.map { (try? ExactNumber(parsing: $0)).map { .number($0) } ?? .text($0) }
  }
}

extension ExactNumber {
  fileprivate var floor: Int? {
    let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
    return Int(exactly: remainder < 0 ? quotient - 1 : quotient)
  }
}
