import StudyModel
import Yams

/// The numbers a method of randomization takes, as its specification names and limits them.
private struct MethodNumber {
  let name: String
  let count: Int
  let range: ClosedRange<Int>
  var isNeeded = true
  /// What they stand for, where that is not one number of a range.
  var meaning = ""
}

extension DefinitionReader {
  private static let chance = MethodNumber(
    name: "p", count: 2, range: 1...1000, meaning: "two whole numbers, [4, 5] for four of five")

  private static let methods: [(name: String, numbers: [MethodNumber])] = [
    ("simple", []), ("block", []),
    ("block_urn", [MethodNumber(name: "lambda", count: 1, range: 1...100)]),
    ("big_stick", [MethodNumber(name: "mti", count: 1, range: 1...100)]),
    (
      "maximal",
      [
        MethodNumber(name: "mti", count: 1, range: 1...20),
        MethodNumber(name: "length", count: 1, range: 1...63),
      ]
    ),
    ("biased_coin", [chance]),
    (
      "urn",
      [
        MethodNumber(name: "alpha", count: 1, range: 0...1000),
        MethodNumber(name: "beta", count: 1, range: 1...1000),
      ]
    ),
    (
      "minimization",
      [
        chance,
        MethodNumber(
          name: "weights", count: -1, range: 0...1000,
          meaning: "a whole number from 0 to 1000 for each factor, in their order"),
        MethodNumber(name: "overall", count: 1, range: 0...1000, isNeeded: false),
      ]
    ),
  ]

  /// Holds a method against what can be drafted of it, so that nobody finds out at the draft.
  mutating func checkMethod(
    _ name: String, _ numbers: [String: [ExactNumber]], _ keyed: KeyedNode, _ node: Node,
    _ arms: [Arm], _ factors: [StratificationFactor]
  ) {
    let known = Self.methods.map(\.name)
    guard let method = Self.methods.first(where: { $0.name == name }) else {
      report(
        "There is no method “\(name)” of randomization. It can be \(known.joined(separator: ", ")).",
        at: Place(node))
      return
    }
    if let sizes = keyed.entries["sizes"] {
      report("only the method “block” has “sizes”.", at: Place(sizes))
    }
    for (key, value) in keyed.entries["numbers"]?.mapping.map(Array.init) ?? [] {
      let number = key.scalar?.string ?? ""
      guard let written = method.numbers.first(where: { $0.name == number }) else {
        report(
          "the method “\(name)” has no number “\(number)”."
            + Spelling.hint(for: number, among: method.numbers.map(\.name)), at: Place(key))
        continue
      }
      check(written, of: name, numbers[number] ?? [], factors.count, value)
    }
    for needed in method.numbers where needed.isNeeded && numbers[needed.name] == nil {
      report(
        "the method “\(name)” needs “\(needed.name)” among its “numbers”: \(Self.meaning(needed)).",
        at: keyed.entries["numbers"].map { Place($0) } ?? keyed.place)
    }
    checkTogether(name, numbers, keyed, arms)
  }

  private static func meaning(_ number: MethodNumber) -> String {
    number.meaning.isEmpty
      ? "a whole number from \(number.range.lowerBound) to \(number.range.upperBound)"
      : number.meaning
  }

  private mutating func check(
    _ number: MethodNumber, of method: String, _ values: [ExactNumber], _ factors: Int, _ node: Node
  ) {
    // What is no number was told as that.
    guard values.count == node.sequence?.count ?? 1 else { return }
    let wholes = values.compactMap(\.whole)
    let count = number.count < 0 ? factors : number.count
    let isSound =
      wholes.count == values.count && wholes.count == count
      && wholes.allSatisfy(number.range.contains)
    guard !isSound else { return }
    report(
      "“\(number.name)” of the method “\(method)” is \(Self.meaning(number)).", at: Place(node))
  }

  // Limits in units of the shares of the arms.
  private mutating func checkTogether(
    _ name: String, _ numbers: [String: [ExactNumber]], _ keyed: KeyedNode, _ arms: [Arm]
  ) {
    func wholes(_ key: String) -> [Int] { numbers[key]?.compactMap(\.whole) ?? [] }
    func place(_ key: String) -> Place {
      keyed.entries["numbers"]?[key].map { Place($0) } ?? keyed.place
    }
    let round = arms.map(\.ratio).reduce(0, +)
    guard round > 0, arms.count == names.listed(.arm).count else { return }
    if let length = wholes("length").first, (1...63).contains(length), length % round != 0 {
      report(
        "“length” of the method “\(name)” is a multiple of \(round), one full round.",
        at: place("length"))
    }
    let p = wholes("p")
    if p.count == 2, p.allSatisfy((1...1000).contains), p[0] > p[1] || p[0] * round < p[1] {
      report(
        "“p” of the method “\(name)” lies between one share of \(round) and certainty.",
        at: place("p"))
    }
    let weights = wholes("weights") + wholes("overall")
    if !weights.isEmpty, weights.allSatisfy({ $0 == 0 }) {
      report("one weight of the method “\(name)” is above 0.", at: place("weights"))
    }
  }

  /// Holds the arms against what can be drawn: how many, and in which shares.
  mutating func checkShares(_ keyed: KeyedNode, _ arms: [Arm]) {
    guard let node = keyed.entries["arms"], arms.count == node.sequence?.count else { return }
    if !(2...16).contains(arms.count) {
      report("a trial has from 2 to 16 arms.", at: Place(node))
    }
    let shares = arms.map(\.ratio)
    if shares.reduce(0, +) > 60 {
      report("the shares (“ratio”) of all arms make 60 together at most.", at: Place(node))
    }
    let divisor = shares.reduce(0) { one, other in
      var (left, right) = (one, other)
      while right != 0 { (left, right) = (right, left % right) }
      return left
    }
    if divisor > 1 {
      report("the shares (“ratio”) of the arms can all be divided by \(divisor).", at: Place(node))
    }
  }
}
