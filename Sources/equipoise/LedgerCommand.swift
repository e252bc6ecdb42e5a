import ArgumentParser
import Conduct
import Host

/// The allocation ledgers, as the console sees them.
struct LedgerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ledger",
    abstract: "Check the allocation ledgers of a database.",
    subcommands: [Check.self])

  /// Recomputes ledgers and compares everything stored of them.
  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Compute every ledger again and compare all that is stored of it.",
      discussion: """
        Leaves, chain, tree, signed heads, seals, sealed arms, allocations, counters and \
        randomization numbers. The result of each trial stands in its audit trail as well. Needs \
        the key. Status 0 when all agree, 1 when one does not.
        """)

    @Option(help: "Key of one trial; all trials when absent.") var trial: String?
    @OptionGroup var place: InstallationOptions

    func run() async throws {
      let running = try await place.open()
      do {
        let isWhole = try await check(running.installation)
        await running.close()
        guard isWhole else { throw ExitCode(1) }
      } catch let status as ExitCode {
        throw status
      } catch {
        await running.close()
        throw CommandFailure(error)
      }
    }

    private func check(_ installation: Installation) async throws -> Bool {
      if let trial {
        let verdict = try await installation.checkLedger(of: installation.trial(trial))
        guard let verdict else {
          print("\(trial): no ledger yet")
          return true
        }
        Self.tell(trial, verdict)
        return verdict.isPassed
      }
      var count = 0
      let isWhole = try await installation.checkLedgers { trial, verdict in
        count += 1
        Self.tell(trial, verdict)
      }
      if count == 0 { print("No trial of this database has a ledger yet.") }
      return isWhole
    }

    private static func tell(_ trial: String, _ verdict: LedgerVerdict) {
      print("\(trial): \(verdict.summary)")
      if case .failed(let finding, _) = verdict { print(finding.sentence) }
    }
  }
}
