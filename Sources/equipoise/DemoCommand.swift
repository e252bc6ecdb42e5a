import ArgumentParser
import Conduct
import Foundation
import Host
import Simulation
import Store
import StudyModel
import Synchronization

/// Conducts a whole simulated trial by the acts of its people and writes what it leaves behind.
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Conduct a whole simulated trial, from consent to result, and write its documents.",
    discussion: """
      The trial is simulated; the acts, the allocation, the ledger, the lock and the numbers are \
      the product's own. The same seed invents the same people; allocations differ, since their \
      seed is drawn afresh.
      """)

  @Option(help: "Participants to randomize.") var participants = 900
  @Option(help: "Sites that take part, 1 to 12.") var sites = 12
  @Option(help: "Seed of the invented people.") var seed: UInt64 = 20_270_914
  @Option(help: "Folder for the documents; must not exist yet.") var output = "equipoise-demo"
  @Option(help: "Connection string of a database; a private one is made when absent.")
  var database: String?
  @Option(help: "State directory of the private database; a temporary one when absent.")
  var state: String?

  func validate() throws {
    guard (12...5000).contains(participants) else {
      throw ValidationError("--participants takes a number from 12 to 5000.")
    }
    guard (1...12).contains(sites) else {
      throw ValidationError("--sites takes a number from 1 to 12.")
    }
    guard participants >= 12 * sites else {
      throw ValidationError(
        "--participants must be at least 12 for each site, which is \(12 * sites) at \(sites): fewer "
          + "cannot be analysed by stratum. Take more participants, or fewer --sites.")
    }
    guard !FileManager.default.fileExists(atPath: output) else {
      throw ValidationError(
        "The folder \(output) exists already. Name another one with --output, or move it away.")
    }
  }

  func run() async throws {
    let started = ContinuousClock.now
    let temporary =
      NSTemporaryDirectory() + "equipoise-demo-\(ProcessInfo.processInfo.processIdentifier)"
    let isOurs = state == nil
    let removeTemporary: @Sendable () -> Void = {
      if isOurs { try? FileManager.default.removeItem(atPath: temporary) }
    }
    defer { removeTemporary() }
    let host: ServerHost
    do {
      // A folder that cannot be written is told before the trial, not after it.
      try DemoDocuments.tryWriting(beside: URL(fileURLWithPath: output))
      host = try await ServerHost.open(database: database, stateDirectory: state ?? temporary) {
        _ in
      }
    } catch {
      throw CommandFailure(error)
    }
    let isStopping = Atomic(false)
    let interrupt = Interrupt([SIGINT, SIGTERM]) {
      isStopping.store(true, ordering: .relaxed)
      Task {
        await host.close()
        removeTemporary()
        FileHandle.standardError.write(Data("\nStopped. No documents were written.\n".utf8))
        Foundation.exit(130)
      }
    }
    do {
      try await conduct(host, started: started)
      interrupt.forget()
      await host.close()
    } catch {
      // The trial fails because its database is being stopped: whoever stops it also clears up and exits.
      while isStopping.load(ordering: .relaxed) { try await Task.sleep(for: .seconds(1)) }
      interrupt.forget()
      await host.close()
      throw CommandFailure(error)
    }
  }

  private func conduct(_ host: ServerHost, started: ContinuousClock.Instant) async throws {
    print("Simulated trial of \(participants) participants at \(sites) sites, seed \(seed).")
    let demo = try await DemoTrial.prepare(
      host.installation, participants: participants, sites: sites, seed: seed)
    let bar = ProgressBar(started: started)
    let result: DemoResult
    do {
      result = try await demo.conduct { bar.show($0) }
      bar.end()
    } catch {
      bar.end()
      throw error
    }
    let folder = URL(fileURLWithPath: output)
    try DemoDocuments(result).write(to: folder)
    print("Elapsed: \(ProgressBar.text(ContinuousClock.now - started)).")
    if case .notHeld(let why) = result.look {
      print("No interim look: \(why) The trial went on; take more participants to see one.")
    }
    print(result.sentences.joined(separator: "\n"))
    print("Documents: \(folder.path)")
    print("Prove every allocation: equipoise verify \(output)/verification-bundle.json")
  }
}
