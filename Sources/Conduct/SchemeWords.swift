import Foundation
public import Randomization

extension Scheme {
  /// How the scheme allocates, in the words of its readers.
  public var methodInWords: String {
    switch method {
    case .simple: "complete randomization"
    case .block(let sizes):
      "permuted blocks of \(sizes.map(String.init).joined(separator: ", "))"
    case .blockUrn(let lambda): "block urn, lambda \(lambda)"
    case .bigStick(let mti): "big stick, imbalance up to \(mti)"
    case .maximal(let mti, let length): "maximal procedure, imbalance up to \(mti) in \(length)"
    case .biasedCoin(let p): "biased coin, \(p.a)/\(p.b)"
    case .urn(let alpha, let beta): "urn, \(alpha) and \(beta)"
    case .minimization(let settings):
      "minimization over \(settings.factors.count) factors, \(settings.p.a)/\(settings.p.b)"
    }
  }

  /// The shares of the ratio, `2 : 2 : 1`.
  public var ratioInWords: String {
    arms.map { String($0.ratio) }.joined(separator: " : ")
  }

  /// The parts of the scheme by name.
  var partsInWords: [(name: String, value: String)] {
    [
      ("Epoch", String(epoch)), ("Method", methodInWords),
      ("Arms", arms.map { "\($0.id) \($0.ratio)" }.joined(separator: ", ")),
      (
        "Factors",
        factors.map { factor in
          factor.levels.count > 6
            ? "\(factor.id) (\(factor.levels.count) levels)"
            : "\(factor.id) (\(factor.levels.map(\.text).joined(separator: ", ")))"
        }.joined(separator: "; ")
      ),
      ("Strata", strata.isEmpty ? "none" : Self.list(strata)),
      ("Largest numbers", capsInWords),
      ("Allocated in error", void == .keep ? "goes on counting" : "no longer counts"),
      ("Corrected values", correct == .keep ? "do not change counts" : "count from then on"),
      ("Earlier epoch", carry ? "its counts are carried on" : "counts start afresh"),
    ]
  }

  private var capsInWords: String {
    let whole = caps.filter(\.when.isEmpty).map { "\($0.max) in the trial" }
    let others = caps.count { !$0.when.isEmpty }
    let parts = whole + (others == 0 ? [] : ["\(others) for certain levels"])
    return parts.isEmpty ? "none" : parts.joined(separator: ", ")
  }

  /// The scheme as people read and change it: the canonical value on indented lines.
  public var readableText: String {
    guard let value = try? JSONSerialization.jsonObject(with: Data(canonicalBytes)),
      let text = try? JSONSerialization.data(
        withJSONObject: value, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    else { return String(decoding: canonicalBytes, as: UTF8.self) }
    return String(decoding: text, as: UTF8.self)
  }

  /// What this scheme changes against the one in force, a sentence each.
  public func differences(from earlier: Scheme) -> [String] {
    armDifferences(from: earlier) + factorDifferences(from: earlier)
      + ruleDifferences(from: earlier)
  }

  private func armDifferences(from earlier: Scheme) -> [String] {
    let closed = earlier.arms.filter { old in !arms.contains { $0.id == old.id } }
    return closed.map { "The arm \($0.id) is closed to new participants." }
      + arms.compactMap { arm in
        guard let old = earlier.arms.first(where: { $0.id == arm.id }) else {
          return "The arm \(arm.id) is added with ratio \(arm.ratio)."
        }
        return old.ratio == arm.ratio
          ? nil : "The ratio of the arm \(arm.id) changes from \(old.ratio) to \(arm.ratio)."
      }
  }

  private func factorDifferences(from earlier: Scheme) -> [String] {
    var found: [String] = []
    for old in earlier.factors {
      guard let factor = factors.first(where: { $0.id == old.id }) else {
        found.append("The factor \(old.id) is left out.")
        continue
      }
      let (before, after) = (Set(old.levels), Set(factor.levels))
      for level in old.levels where !after.contains(level) {
        found.append("The level \(level) of \(old.id) is closed: nobody with it is randomized.")
      }
      for level in factor.levels where !before.contains(level) {
        found.append("The level \(level) of \(old.id) is added.")
      }
    }
    for factor in factors where !earlier.factors.contains(where: { $0.id == factor.id }) {
      found.append("The factor \(factor.id) is added.")
    }
    if strata != earlier.strata {
      found.append("The strata change from \(Self.list(earlier.strata)) to \(Self.list(strata)).")
    }
    return found
  }

  private func ruleDifferences(from earlier: Scheme) -> [String] {
    var found: [String] = []
    if method != earlier.method {
      found.append("The method changes from \(earlier.methodInWords) to \(methodInWords).")
    }
    if caps != earlier.caps { found.append("The largest numbers of allocations change.") }
    if void != earlier.void { found.append("What an allocation in error counts for changes.") }
    if correct != earlier.correct { found.append("What corrected values count for changes.") }
    if carry { found.append("The counts of the epoch before are carried on.") }
    return found
  }

  private static func list(_ labels: [Label]) -> String {
    labels.isEmpty ? "none" : labels.map(\.text).joined(separator: ", ")
  }
}
