internal import BridgeBenchmark
internal import Foundation

/// Randomization over HTTP in one trial and in many, against the durable commits of this machine.
///
/// One trial has one row that orders its ledger, so its randomizations commit one after another;
/// many trials share the commits of the machine.
struct CommitRounds {
  let randomizing: RandomizationRounds

  /// Runs the rounds, the order turned each time; the rows are compared with what was acknowledged.
  func run() async throws -> [MeasuredLine] {
    let trials = randomizing.trials
    try trials.psql("commits.sql")
    let secrets = try trials.sessions()
    var rates: [[Double]] = [[], [], []]
    // The first trial alone takes the numbers that the other trials do not have.
    var alone = RandomizationRounds.firstTurn(
      after: MeasuredTrials.firstNumber + trials.participants, trials: 1)
    // A first, shorter pass opens connections and reads definitions and ledgers.
    var together = RandomizationRounds.firstTurn(after: try trials.stored("server").highestNumber)
    together += try await randomizing.overHTTP(secrets, seconds: 1, from: together).farthest + 1
    for round in 0..<randomizing.rounds {
      for turn in 0..<3 {
        let side = (round + turn) % 3
        switch side {
        case 0:
          let answer = try await randomizing.overHTTP(
            secrets, seconds: randomizing.seconds, trials: 1, from: alone)
          alone += answer.farthest + 1
          rates[side].append(answer.rate)
        case 1:
          let answer = try await randomizing.overHTTP(
            secrets, seconds: randomizing.seconds, from: together)
          together += answer.farthest + 1
          rates[side].append(answer.rate)
        default: rates[side].append(try commits())
        }
      }
    }
    return [
      MeasuredLine("randomizations over HTTP in one trial, 16 clients", "1/s", rates[0]),
      MeasuredLine("randomizations over HTTP in 25 trials, 16 clients", "1/s", rates[1]),
      MeasuredLine("durable commits of one row, pgbench, 16 clients", "1/s", rates[2]),
      MeasuredLine(
        "one trial to commits, round by round", "", zip(rates[0], rates[2]).map { $0 / $1 }),
      MeasuredLine(
        "25 trials to commits, round by round", "", zip(rates[1], rates[2]).map { $0 / $1 }),
    ]
  }

  private func commits() throws -> Double {
    let trials = randomizing.trials
    return try Program.pgbench([
      "-T", "\(max(1, Int(randomizing.seconds.rounded())))", "-f",
      "\(trials.scripts)/commits.pgbench", "-h", trials.socketDirectory, "-U", trials.superuser,
      trials.database,
    ]).rate
  }
}
