import Postgres
public import StudyModel

/// A simulation of the whole design, running or ended.
public struct StoredDesignSimulation: Sendable {
  /// Its number.
  public let number: Int
  /// Runs ordered.
  public let total: Int
  /// Runs finished.
  public let done: Int
  /// When it was started.
  public let startedAt: UTCInstant
  /// Seconds since the last sign of life of the server that runs it.
  public let silentFor: Int
  /// Whether somebody asked to stop it.
  public let isCancelled: Bool
  /// How it ended, nil while it runs.
  public let outcome: String?
  /// The report, nil unless it finished.
  public let report: String?
}

enum DesignSimulationSQL: String, StatementSet {
  case list = """
    select simulation::bigint, total, done, started_at,
           extract(epoch from clock_timestamp() - touched_at)::bigint,
           cancelled_at is not null, outcome, report
      from open.design_simulations where trial_id = $1 order by simulation
    """
  case begin = "select open.begin_design_simulation($1, $2)::bigint"
  case touch = "select open.touch_design_simulation($1::int, $2)"
  case cancel = "select open.cancel_design_simulation()"
  case end = "select open.end_design_simulation($1::int, $2, $3)"
}

extension Session {
  /// The simulations of the design, in order.
  public func designSimulations(
    in trial: TrialID
  ) throws(StoreError) -> [StoredDesignSimulation] {
    try rows(DesignSimulationSQL.list.statement, .int(Int64(trial))).map { row throws(StoreError) in
      StoredDesignSimulation(
        number: try row.int(0), total: try row.int(1), done: try row.int(2),
        startedAt: try row.instant(3), silentFor: try row.int(4), isCancelled: try row.bool(5),
        outcome: try row.optionalText(6), report: try row.optionalText(7))
    }
  }

  /// Begins a simulation of that many runs; its number, nil while another one runs.
  public func beginDesignSimulation(total: Int, order: String) throws(StoreError) -> Int? {
    guard
      let row = try first(
        DesignSimulationSQL.begin.statement, .int(Int64(total)), .text(order))
    else { return nil }
    let number = try row.int(0)
    return number == 0 ? nil : number
  }

  /// Records progress; false when the simulation is to stop.
  public func touchDesignSimulation(_ number: Int, done: Int) throws(StoreError) -> Bool {
    let row = try first(
      DesignSimulationSQL.touch.statement, .int(Int64(number)), .int(Int64(done)))
    return try row.map { row throws(StoreError) in try row.bool(0) } ?? false
  }

  /// Asks the running simulation to stop; false when none runs.
  public func cancelDesignSimulation() throws(StoreError) -> Bool {
    let row = try first(DesignSimulationSQL.cancel.statement)
    return try row.map { row throws(StoreError) in try row.bool(0) } ?? false
  }

  /// Ends a simulation, with its report when it finished; false when it ended before.
  public func endDesignSimulation(
    _ number: Int, outcome: String, report: String? = nil
  ) throws(StoreError) -> Bool {
    let row = try first(
      DesignSimulationSQL.end.statement, .int(Int64(number)), .text(outcome),
      report.map(SQLValue.text) ?? .null)
    return try row.map { row throws(StoreError) in try row.bool(0) } ?? false
  }
}
