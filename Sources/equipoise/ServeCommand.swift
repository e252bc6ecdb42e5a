import ArgumentParser
import Conduct
import Foundation
import Host
import Hummingbird
import Logging
import NIOCore
import OpenIDConnect
import ServiceLifecycle
import Simulation
import Store
import Web

/// The daemon.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Run the server.",
    discussion: """
      Without --database a private PostgreSQL is created in the state directory and supervised; \
      it has no network port. Without TLS in front the server answers on this machine only.
      """)

  @OptionGroup var place: InstallationOptions
  @Option(help: "Address to answer on. Anything but a loopback address needs a TLS proxy.")
  var host = "127.0.0.1"
  @Option(help: "Port to answer on; 0 takes a free one.") var port = 8420
  @Option(
    help: "Name people ask this server by, through the TLS proxy; may be given several times.")
  var publicHost: [String] = []
  @Option(help: "Program that takes letters as sendmail does, such as /usr/sbin/sendmail.")
  var lettersThrough: String?
  @Option(help: "Address from which letters come; needed with --letters-through.")
  var lettersFrom: String?
  @OptionGroup var provider: ProviderOptions

  @Option(help: "Time server to compare the clock with, NAME or NAME:PORT; asked every minute.")
  var timeServer: String?
  @Option(help: "Minutes without a request after which a session ends, from 5 to 30.")
  var idleMinutes = 15
  @Flag(help: "Keep the signed head of every allocation in the witness file at once.")
  var witnessEveryAllocation = false
  @Flag(help: "Answer however often one person asks. For measurements only.")
  var unbounded = false
  @Flag(help: "Offer a training study with printed sign-ins. Never use with real participants.")
  var training = false

  func validate() throws {
    guard (0...65_535).contains(port) else {
      throw ValidationError("--port takes a number from 0 to 65535.")
    }
    guard (5...30).contains(idleMinutes) else {
      throw ValidationError("--idle-minutes takes a number from 5 to 30.")
    }
    guard (lettersThrough == nil) == (lettersFrom == nil) else {
      throw ValidationError("--letters-through and --letters-from are given together.")
    }
    if let lettersThrough, !FileManager.default.isExecutableFile(atPath: lettersThrough) {
      throw ValidationError("--letters-through takes the path of a program.")
    }
    if let timeServer, !HostClock.isName(timeServer) {
      throw ValidationError("--time-server takes NAME, NAME:PORT or [ADDRESS]:PORT.")
    }
    guard Self.isLoopback(host) else {
      throw ValidationError(
        "--host takes a loopback address: without TLS the server answers on this machine only. Put a TLS proxy in front of it."
      )
    }
  }

  /// Whether an address is of this machine alone: a name that only begins like one is none.
  private static func isLoopback(_ host: String) -> Bool {
    if host == "localhost" || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127"
      && parts.allSatisfy { UInt8($0).map(String.init) == String($0) }
  }

  func run() async throws {
    var logger = Logger(label: "equipoise")
    logger.logLevel = .notice
    let provider: OpenIDProvider?
    do { provider = try self.provider.provider() } catch { throw CommandFailure(error) }
    let running = try await place.open(
      isMaking: true, witnessesEveryAllocation: witnessEveryAllocation)
    do {
      if training { _ = try await TrainingStudy.prepare(running.installation) { say($0) } }
      var installation = running.installation
      installation.sendsLetters = lettersThrough != nil
      installation.provider = provider
      installation.tells = { say($0) }
      installation.idleMinutes = idleMinutes
      let site = WebSite(
        installation, trainingPassword: training ? TrainingStudy.password : nil,
        publicHosts: publicHost + [host], limits: unbounded ? .none : .usual, logger: logger)
      let responder: CallbackResponder<BasicRequestContext> = site.responder()
      let isTraining = training
      let application = Application(
        responder: responder,
        server: site.server(),
        configuration: ApplicationConfiguration(
          address: .hostname(host, port: port), serverName: nil),
        services: [
          LedgerRounds(installation: running.installation),
          SafetyRounds(installation: running.installation),
          DatabaseRounds(installation: installation),
          NightlyRounds(installation: installation),
          ClockRounds(
            installation: running.installation, reference: HostClock(timeServer: timeServer ?? "")),
        ] + letterRounds(installation),
        onServerRunning: { channel in
          let port = channel.localAddress?.port ?? 0
          say(Self.greeting(port: port, isTraining: isTraining))
        },
        logger: logger)
      try await application.runService()
      await running.close()
    } catch let error as IOError where error.errnoCode == EADDRINUSE {
      await running.close()
      throw ValidationError(
        "Port \(port) is taken by another program. Stop that one, or name another with --port.")
    } catch {
      await running.close()
      throw CommandFailure(error)
    }
  }

  private func letterRounds(_ installation: Installation) -> [any Service] {
    guard let lettersThrough, let lettersFrom else { return [] }
    return [
      LetterRounds(
        installation: installation, carrier: MailProgram(path: lettersThrough), sender: lettersFrom)
    ]
  }

  private static func greeting(port: Int, isTraining: Bool) -> String {
    let address = "http://localhost:\(port)/"
    guard isTraining else { return "Equipoise answers at \(address)" }
    return """
      Equipoise answers at \(address)  (training: nothing here is a real trial)

      Sign in as, for example:
        coordinator-101          enrols, consents, randomizes
        investigator-101         signs eligibility
        treat-coordinator-101    reads the allocation
        rater-1                  rates by token
        stat-unblinded, data-manager-u, dsmb-member, monitor-101   interim look
        oncall-physician, safety-officer                           opens one allocation
        data-manager, statistician, sponsor-lead, rand-manager     lock, unblinding, result
      Password for all: \(TrainingStudy.password)
      The one-time code is shown on the page after the password.
      All sign-ins: \(address)training
      Stop with Ctrl-C.
      """
  }
}

/// Writes a line at once, also into a file or a pipe.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

/// Where an installation keeps its data.
struct InstallationOptions: ParsableArguments {
  @Option(
    help:
      "Connection string or URI of a database, several hosts included; a private one when absent."
  ) var database: String?
  @Option(help: "State directory: private database, key file and witness files.") var state: String?
  @Option(help: "Key file, when it is not the file key in the state directory.") var key: String?

  /// Opens the installation, or explains in a sentence why it cannot.
  ///
  /// - Parameter isMaking: whether a private database is made where there is none. Who only reads
  ///   or changes one is told of a mistyped directory instead of an empty database.
  func open(
    isMaking: Bool = false, witnessesEveryAllocation: Bool = false, vouches: Bool = true
  ) async throws -> ServerHost {
    let directory = ServerHost.stateDirectory(state)
    if !isMaking, database == nil, !ServerHost.holdsDatabase(directory) {
      guard !InputFile.isHidden(directory + "/data/PG_VERSION") else {
        throw CommandFailure(
          "The directory \(TerminalText.plain(directory)) cannot be read. Use the account of the "
            + "server, or check who may read it.")
      }
      throw CommandFailure(
        "There is no database in \(TerminalText.plain(directory)). Name the state directory of "
          + "the server with --state, or its database with --database.")
    }
    do {
      return try await ServerHost.open(
        database: database, stateDirectory: state, keyFile: key,
        witnessesEveryAllocation: witnessesEveryAllocation, vouches: vouches
      ) { line in
        FileHandle.standardError.write(Data((line + "\n").utf8))
      }
    } catch {
      throw CommandFailure(error)
    }
  }
}

/// A failure as the person at the console reads it.
struct CommandFailure: Error, CustomStringConvertible {
  let description: String

  init(_ sentence: String) { description = sentence }

  init(_ error: any Error) {
    switch error {
    case let error as CocoaError:
      let path = error.filePath ?? error.url?.path ?? "A file"
      description =
        "\(TerminalText.plain(path)) could not be read or written. Name a place that can be, and "
        + "look at its rights and the space left."
    case let refusal as ActRefusal: description = refusal.sentence
    case StoreError.unavailable:
      description = "The database does not answer. Check that it runs, then try again."
    case let failure as CommandFailure: description = failure.description
    default: description = String(describing: error)
    }
  }
}
