internal import BridgeBenchmark
internal import Foundation
internal import Randomization

/// Simulated allocations on one core, beside other programs that allocate by the same methods.
struct EngineRounds {
  let scripts: String
  let rounds: Int
  let seconds: Double

  /// Participants of one simulated trial, as many as KAP-ECT plans.
  static let participants = 900
  /// Sites of one simulated trial.
  static let sites = 12

  /// The methods a rival was found or written for.
  enum Method: String, CaseIterable {
    case block
    case bigStick = "big_stick"
    case minimization

    /// The method as it stands in the table.
    var text: String {
      switch self {
      case .block: "permuted blocks of 3 and 6 at 12 sites"
      case .bigStick: "big stick of 3 arms at 12 sites"
      case .minimization: "minimization of 3 arms over 4 factors"
      }
    }
  }

  /// Runs the rounds; which side begins turns each time, and so does the method.
  func run() throws -> [MeasuredLine] {
    var ours: [Method: [Double]] = [:]
    var theirs: [Method: [Double]] = [:]
    var rivals: [Method: String] = [:]
    for round in 0..<rounds {
      for number in Method.allCases.indices {
        let method = Method.allCases[(number + round) % Method.allCases.count]
        for turn in 0..<2 {
          if (round + turn) % 2 == 0 {
            ours[method, default: []].append(try simulated(method))
          } else {
            let rival = try rival(method)
            theirs[method, default: []].append(rival.rate)
            rivals[method] = rival.name
          }
        }
      }
    }
    return Method.allCases.flatMap { method in
      let (mine, other) = (ours[method] ?? [], theirs[method] ?? [])
      return [
        MeasuredLine("\(method.text), simulated on one core", "1/s", mine),
        MeasuredLine("the same by \(rivals[method] ?? "nobody")", "1/s", other),
        MeasuredLine("ratio of the two, round by round", "", zip(mine, other).map { $0 / $1 }),
      ]
    }
  }

  /// Allocations a second, in trials of one run each: a single run never leaves its core.
  private func simulated(_ method: Method) throws -> Double {
    let scheme = try Self.scheme(method)
    let clock = ContinuousClock()
    let start = clock.now
    var (allocations, number) = (0, 0)
    while clock.now - start < .seconds(seconds) {
      number += 1
      let key = (0..<32).map { UInt8(truncatingIfNeeded: number >> ($0 % 8 * 8)) }
      let simulation = try SchemeSimulation(
        scheme, key: key, runs: 1, participants: Self.participants)
      allocations += simulation.runs.map { $0.counts.reduce(0, +) }.reduce(0, +)
    }
    guard allocations == number * Self.participants else {
      throw MeasurementFault.unreadable("\(allocations) simulated allocations")
    }
    return Double(allocations) / ((clock.now - start) / .seconds(1))
  }

  private func rival(_ method: Method) throws -> (name: String, rate: Double) {
    let output = try Program.output(
      Program.python,
      [
        "\(scripts)/allocation_rivals.py", method.rawValue, "\(seconds)", "\(Self.participants)",
      ])
    let parts = output.split(separator: "|").map {
      $0.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    guard parts.count == 2, let rate = Double(parts[1]) else {
      throw MeasurementFault.unreadable(output)
    }
    return (parts[0], rate)
  }

  /// A scheme of three arms like that of KAP-ECT.
  static func scheme(_ method: Method) throws -> Scheme {
    guard let ledger = LedgerIdentity(Array(repeating: 1, count: 16)) else {
      throw MeasurementFault.unreadable("a ledger identity")
    }
    return try scheme(method, ledger: ledger)
  }

  /// The scheme in a ledger.
  static func scheme(_ method: Method, ledger: LedgerIdentity) throws -> Scheme {
    let levels = (1...sites).map { Label("S\($0)") }
    let site = Scheme.Factor(id: "site", levels: levels)
    let others = ["severity", "sex", "episodes"].map {
      Scheme.Factor(id: Label($0), levels: ["low", "high"])
    }
    let factors = method == .minimization ? [site] + others : [site]
    return try Scheme(
      ledger: ledger, epoch: 1,
      arms: ["KET", "KAP", "ECT"].map { .init(id: $0, ratio: 1) }, factors: factors,
      strata: method == .minimization ? [] : ["site"], method: schemeMethod(method, factors))
  }

  private static func schemeMethod(
    _ method: Method, _ factors: [Scheme.Factor]
  ) -> Scheme.Method {
    switch method {
    case .block: .block(sizes: [3, 6])
    case .bigStick: .bigStick(mti: 2)
    case .minimization:
      .minimization(
        .init(
          factors: factors.map { .init(id: $0.id, weight: 1) }, overall: 0, measure: .range,
          p: .init(4, of: 5), unequal: .slots))
    }
  }
}
