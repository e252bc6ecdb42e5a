import Foundation
import Randomization
import Store
public import StudyModel

/// How the candidates are to be simulated.
public struct SimulationOrder: Sendable, Equatable {
  /// Runs of every candidate.
  public var runs: Int
  /// Participants in every run.
  public var participants: Int
  /// The weights of levels, by factor; all 1 for a factor left out.
  public var mix: [String: [Int]]

  /// An order of that many runs.
  public init(runs: Int, participants: Int, mix: [String: [Int]] = [:]) {
    self.runs = runs
    self.participants = participants
    self.mix = mix
  }

  /// More would keep a server busy for hours; the command has no such bound.
  public static let mostAllocations = 50_000_000

  func check(candidates: Int) throws(ActRefusal) {
    var faults: [Fault] = []
    if !(1...100_000).contains(runs) {
      faults.append(
        Fault(
          field: "runs", code: "out_of_range",
          sentence: "runs is a whole number from 1 to 100000. Nothing was simulated."))
    }
    if !(1...100_000).contains(participants) {
      faults.append(
        Fault(
          field: "participants", code: "out_of_range",
          sentence: "participants is a whole number from 1 to 100000. Nothing was simulated."))
    }
    if faults.isEmpty, runs * participants * max(1, candidates) > Self.mostAllocations {
      faults.append(
        Fault(
          field: "runs", code: "too_many",
          sentence: "runs times participants times candidates is at most 50 million here. Nothing "
            + "was simulated. Take fewer runs, or the command “equipoise simulate”."))
    }
    guard faults.isEmpty else { throw .invalid(faults) }
  }
}

/// How a simulation of candidates stands.
public struct SimulationState: Sendable, Equatable {
  /// Running, or how it ended.
  public enum Stage: String, Sendable {
    /// A server works on it.
    case running
    /// Somebody asked to stop it; it stops at the next portion.
    case stopping
    /// The report is there.
    case finished
    /// Stopped by a person; nothing is kept of it.
    case cancelled
    /// Stopped by a fault.
    case failed
    /// The server that ran it gives no sign of life.
    case lost
  }

  /// Its number.
  public let number: Int
  /// Where it is.
  public let stage: Stage
  /// Runs done over all candidates.
  public let done: Int
  /// Runs over all candidates.
  public let total: Int
  /// When it was started.
  public let startedAt: UTCInstant
  /// The SHA-256 of its report in hexadecimal, empty without one.
  public let digest: String

  init(_ stored: StoredSimulation) {
    number = stored.number
    done = stored.done
    total = stored.total
    startedAt = stored.startedAt
    digest = stored.digest?.hex ?? ""
    stage =
      switch stored.outcome {
      case "finished": .finished
      case "cancelled": .cancelled
      case .some: .failed
      case nil:
        stored.silentFor > Self.silenceOfLost
          ? .lost : stored.isCancelled ? .stopping : .running
      }
  }

  /// Seconds without a sign of life after which a server is taken for gone.
  static let silenceOfLost = 60
}

extension Installation {
  /// Starts a simulation of the open candidates and answers at once; whoever asks later is told how
  /// far it is, by whatever server.
  public func startSimulation(_ order: SimulationOrder, as actor: Actor) async throws -> Int {
    let work = try await beginSimulation(order, as: actor)
    Task.detached(priority: .background) { await work.run() }
    return work.number
  }

  /// Simulates the open candidates and answers when the report is kept.
  public func simulateDrafts(_ order: SimulationOrder, as actor: Actor) async throws -> Int {
    let work = try await beginSimulation(order, as: actor)
    await work.run()
    return work.number
  }

  private func beginSimulation(
    _ order: SimulationOrder, as actor: Actor
  ) async throws -> SimulationWork {
    try actor.need(.draftRandomization)
    let keys = try needKeys()
    let key = random.bytes(32)
    return try await session(actor, on: .custodian) { session in
      let desk = try DraftingDesk(session, keys: keys, actor: actor, shelf: ledgers)
      let stored = try session.simulations(in: actor.trial.id)
      let drafts = try desk.open(SimulationShelf())
      guard !drafts.isEmpty else {
        throw ActRefusal.notNow(
          code: "no_candidate",
          sentence: "There is no candidate to simulate. Nothing was started. Draft one first.")
      }
      try order.check(candidates: drafts.count)
      let factors = Set(drafts.flatMap { $0.scheme.factors.map(\.id.text) })
      guard order.mix.keys.allSatisfy(factors.contains) else {
        throw ActRefusal.invalid([
          Fault(
            field: "mix", code: "unknown_factor",
            sentence: "mix: no candidate has that factor. Nothing was simulated.")
        ])
      }
      if let last = stored.last.map(SimulationState.init),
        last.stage == .running || last.stage == .stopping
      {
        throw ActRefusal.notNow(
          code: "simulation_running",
          sentence: "A simulation is running. Nothing was started. Wait for it, or cancel it.")
      }
      let plans = try drafts.map { draft in
        (draft: draft, plan: try Self.plan(draft.scheme, order, key: key))
      }
      let number = (stored.last?.number ?? 0) + 1
      try session.beginSimulation(
        number, total: order.runs * drafts.count, by: actor.user, in: actor.trial.id)
      try session.note("simulation started", fixing: "simulation", to: String(number))
      return SimulationWork(
        installation: self, actor: actor, keys: keys, number: number, order: order, key: key,
        plans: plans)
    }
  }

  private static func plan(
    _ scheme: Scheme, _ order: SimulationOrder, key: [UInt8]
  ) throws(ActRefusal) -> SimulationPlan {
    // A candidate without a factor of the mix is simulated without it.
    let mix = order.mix.reduce(into: [Label: [Int]]()) { mix, entry in
      mix[Label(entry.key)] = entry.value
    }
    let known = Set(scheme.factors.map(\.id))
    do {
      return try SimulationPlan(
        scheme, key: key, participants: order.participants,
        mix: mix.filter { known.contains($0.key) })
    } catch {
      throw .invalid([Fault(field: "mix", code: "bad_mix", sentence: error.description)])
    }
  }

  /// Asks the running simulation to stop; what it has done so far is not kept.
  public func cancelSimulation(as actor: Actor) async throws {
    try actor.need(.draftRandomization)
    try await session(actor, on: .custodian) { session in
      guard let last = try session.simulations(in: actor.trial.id).last,
        try session.cancelSimulation(last.number, in: actor.trial.id)
      else {
        throw ActRefusal.notNow(
          code: "no_simulation_running",
          sentence: "No simulation is running. Nothing was changed.")
      }
      try session.note("simulation cancelled", fixing: "simulation", to: String(last.number))
    }
  }

  /// The simulations of the candidates, in order.
  public func simulations(as actor: Actor) async throws -> [SimulationState] {
    try Self.needSight(of: actor)
    return try await session(actor, on: .custodian) { session in
      try session.simulations(in: actor.trial.id).map(SimulationState.init)
    }
  }

  /// The report of a finished simulation.
  public func simulationReport(_ number: Int, as actor: Actor) async throws -> SimulationReport {
    try Self.needSight(of: actor)
    let keys = try needKeys()
    let box = try await session(actor, on: .custodian) { session in
      try session.simulations(in: actor.trial.id).first { $0.number == number }?.box
    }
    guard let box else { throw ActRefusal.notFound }
    return try SimulationReport.decoded(
      keys.open(box, for: .simulation(trial: actor.trial.id, number: number)))
  }
}

/// A simulation on its way, which keeps its progress where every server of the installation sees it.
private struct SimulationWork: Sendable {
  let installation: Installation
  let actor: Actor
  let keys: KeyRing
  let number: Int
  let order: SimulationOrder
  let key: [UInt8]
  let plans: [(draft: SchemeDraft, plan: SimulationPlan)]

  private var trial: Int { actor.trial.id }

  /// Runs every candidate and keeps the report, or how it ended without one.
  func run() async {
    do {
      let found = try await KeptProgress.during(tell: tell) { try await simulated($0) }
      let report = try SimulationReport(key: key, mix: order.mix, found).encoded()
      let box = try keys.seal(report, for: .simulation(trial: trial, number: number))
      let digest = sha256(report)
      try await KeptProgress.insist {
        try await installation.session(actor, on: .custodian) { [number, trial] session in
          guard try session.touchSimulation(number, done: 0, in: trial) else {
            throw CancellationError()
          }
          try session.endSimulation(
            number, outcome: "finished", box: box, digest: digest, in: trial)
        }
      }
    } catch is CancellationError {
      await end("cancelled")
    } catch {
      await end("failed")
    }
  }

  private func simulated(_ progress: KeptProgress) async throws -> [SimulationReport.Simulated] {
    var simulated: [SimulationReport.Simulated] = []
    for (index, (draft, plan)) in plans.enumerated() {
      let before = index * order.runs
      let simulation = try await SchemeSimulation(
        plan, runs: order.runs, workers: KeptProgress.workers
      ) { done in try progress.note(before + done) }
      simulated.append((draft.number, draft.scheme, simulation))
    }
    return simulated
  }

  private func tell(done: Int) async throws -> Bool {
    try await installation.session(actor, on: .custodian) { [number, trial] session in
      try session.touchSimulation(number, done: done, in: trial)
    }
  }

  private func end(_ outcome: String) async {
    // Where even this fails, silence tells the reader that it is lost.
    try? await KeptProgress.insist {
      try await installation.session(actor, on: .custodian) { [number, trial] session in
        try session.endSimulation(number, outcome: outcome, in: trial)
      }
    }
  }
}

/// The reports of a trial's finished simulations, within one transaction.
struct SimulationShelf {
  private let finished: [(stored: StoredSimulation, report: SimulationReport)]

  /// No report, where none is asked for.
  init() { finished = [] }

  init(_ session: Session, keys: KeyRing, trial: TrialID) throws {
    finished = try session.simulations(in: trial).compactMap { stored in
      guard let box = stored.box else { return nil }
      let report = try keys.open(box, for: .simulation(trial: trial, number: stored.number))
      return (stored, try SimulationReport.decoded(report))
    }
  }

  /// The latest finished simulation that holds a candidate as it is.
  func latest(of scheme: Scheme, draft number: Int) -> StoredSimulation? {
    let digest = sha256(scheme.canonicalBytes).hex
    return finished.last { _, report in
      report.candidates.contains { $0.number == number && $0.scheme == digest }
    }?.stored
  }
}
