import Foundation
public import Reports
import Store
public import StudyModel

/// How a simulation of the design stands.
public struct DesignSimulationState: Sendable, Equatable {
  /// Its number.
  public let number: Int
  /// Where it is.
  public let stage: SimulationState.Stage
  /// Runs done.
  public let done: Int
  /// Runs ordered.
  public let total: Int
  /// When it was started.
  public let startedAt: UTCInstant

  init(_ stored: StoredDesignSimulation) {
    number = stored.number
    done = stored.done
    total = stored.total
    startedAt = stored.startedAt
    stage =
      switch stored.outcome {
      case "finished": .finished
      case "cancelled": .cancelled
      case .some: .failed
      case nil:
        stored.silentFor > SimulationState.silenceOfLost
          ? .lost : stored.isCancelled ? .stopping : .running
      }
  }
}

extension DesignOrder {
  /// More would keep a server busy for hours; the command has no such bound.
  public static let mostParticipants = 500_000_000
}

extension Installation {
  /// Starts a simulation of the design and answers at once; whoever asks later is told how far it is, by
  /// whatever server.
  ///
  /// It reads the definition and what is assumed, and nothing of any participant.
  public func startDesignSimulation(_ order: DesignOrder, as actor: Actor) async throws -> Int {
    let work = try await beginDesignSimulation(order, as: actor)
    Task.detached(priority: .background) { await work.run() }
    return work.number
  }

  /// Simulates the design and answers when the report is kept.
  public func simulateDesign(_ order: DesignOrder, as actor: Actor) async throws -> Int {
    let work = try await beginDesignSimulation(order, as: actor)
    await work.run()
    return work.number
  }

  private func beginDesignSimulation(
    _ order: DesignOrder, as actor: Actor
  ) async throws -> DesignSimulationWork {
    try actor.need(.analyse)
    let design: DesignWork
    do {
      design = try DesignWork(order, actor.definition)
    } catch {
      throw Self.refusal(error)
    }
    guard order.runs * order.perArm * actor.definition.arms.count <= DesignOrder.mostParticipants
    else {
      throw ActRefusal.invalid([
        Fault(
          field: "runs", code: "too_many",
          sentence: "runs times participants is at most 500 million here. Nothing was simulated. "
            + "Take fewer runs, or the command “equipoise plan design”.")
      ])
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(order), as: UTF8.self)
    let number = try await session(actor) { session in
      try session.beginDesignSimulation(total: order.runs, order: text)
    }
    guard let number else {
      throw ActRefusal.notNow(
        code: "simulation_running",
        sentence: "A simulation is running. Nothing was started. Wait for it, or cancel it.")
    }
    return DesignSimulationWork(installation: self, actor: actor, number: number, design: design)
  }

  private static func refusal(_ refusal: DesignRefusal) -> ActRefusal {
    switch refusal {
    case .nothingPlanned:
      .notNow(code: "nothing_planned", sentence: refusal.description)
    case .invalid(let field, let sentence):
      .invalid([Fault(field: field, code: "out_of_range", sentence: sentence)])
    }
  }

  /// What the definition plans and assumes, as an order that can be changed.
  public func plannedDesign(as actor: Actor) throws -> DesignOrder {
    try actor.need(.analyse)
    do {
      return try DesignOrder(actor.definition)
    } catch {
      throw Self.refusal(error)
    }
  }

  /// Asks the running simulation of the design to stop; what it has done so far is not kept.
  public func cancelDesignSimulation(as actor: Actor) async throws {
    try actor.need(.analyse)
    let isRunning = try await session(actor) { try $0.cancelDesignSimulation() }
    guard isRunning else {
      throw ActRefusal.notNow(
        code: "no_simulation_running",
        sentence: "No simulation is running. Nothing was changed.")
    }
  }

  /// The simulations of the design, in order.
  public func designSimulations(as actor: Actor) async throws -> [DesignSimulationState] {
    try actor.need(.analyse)
    let trial = actor.trial.id
    return try await session(actor) { session in
      try session.designSimulations(in: trial).map(DesignSimulationState.init)
    }
  }

  /// The report of a finished simulation of the design.
  public func designReport(_ number: Int, as actor: Actor) async throws -> DesignReport {
    try actor.need(.analyse)
    let trial = actor.trial.id
    let text = try await session(actor) { session in
      try session.designSimulations(in: trial).first { $0.number == number }?.report
    }
    guard let text else { throw ActRefusal.notFound }
    return try JSONDecoder().decode(DesignReport.self, from: Data(text.utf8))
  }
}

/// A simulation on its way, which keeps its progress where every server of the installation sees it.
private struct DesignSimulationWork: Sendable {
  let installation: Installation
  let actor: Actor
  let number: Int
  let design: DesignWork

  /// Runs the simulation and keeps the report, or how it ended without one.
  func run() async {
    do {
      let sum = try await KeptProgress.during(tell: tell) { try await simulated($0) }
      let report = try DesignReport(design, sum).encoded()
      guard try await KeptProgress.insist({ try await tell(done: design.order.runs) }) else {
        throw CancellationError()
      }
      await end("finished", report)
    } catch is CancellationError {
      await end("cancelled")
    } catch {
      await end("failed")
    }
  }

  private func simulated(_ progress: KeptProgress) async throws -> DesignPart {
    let runs = design.order.runs
    // About a hundredth of a second each, so that a wish to stop is heard on a busy machine too.
    let chunk = max(1, min(runs, 20_000 / max(1, design.order.perArm)))
    var starts = stride(from: 0, to: runs, by: chunk).makeIterator()
    var sum = design.none
    return try await withThrowingTaskGroup(of: DesignPart.self) { group in
      func add() {
        guard let start = starts.next() else { return }
        group.addTask(priority: .utility) { [design] in
          design.part(start..<min(start + chunk, runs))
        }
      }
      for _ in 0..<KeptProgress.workers { add() }
      for try await part in group {
        sum.add(part)
        try progress.note(sum.runs)
        add()
      }
      return sum
    }
  }

  private func tell(done: Int) async throws -> Bool {
    try await installation.session(actor) { [number] session in
      try session.touchDesignSimulation(number, done: done)
    }
  }

  private func end(_ outcome: String, _ report: String? = nil) async {
    // Where even this fails, silence tells the reader that it is lost.
    _ = try? await KeptProgress.insist {
      try await installation.session(actor) { [number] session in
        try session.endDesignSimulation(number, outcome: outcome, report: report)
      }
    }
  }
}
