import ArgumentParser
import Conduct
import Host
import Store

/// The master key of an installation.
struct KeysCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys",
    abstract: "Check or replace the key under which an installation is sealed.",
    subcommands: [Check.self, Rotate.self])

  /// Tells whether the key is here and the right one.
  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Tell whether the key file opens what is sealed in the database.",
      discussion: "Status 0 when it does, 1 when it is missing or another one.")

    @OptionGroup var place: InstallationOptions

    func run() async throws {
      let running = try await place.open()
      let state = running.installation.keyState
      let generation = try? await running.rotation.store.current()?.generation
      await running.close()
      guard state == .present else { throw ExitCode(1) }
      print("\(state.sentence) It is generation \(generation ?? 1).")
    }
  }

  /// Seals everything anew under a new key.
  struct Rotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Seal everything anew under a new key, in one transaction.",
      discussion: """
        The new key is written beside the old one first, then every box of the database is \
        replaced, then the new key is moved into place. When it is cut short anywhere, the next \
        start recognizes which key is in force. The old key is kept beside the new one: a backup \
        made before opens with it alone. Another server on the same database is refused everything \
        that needs the key until it is started again with the new one.
        """)

    @OptionGroup var place: InstallationOptions

    func run() async throws {
      let running = try await place.open()
      do {
        let outcome = try await running.rotation.rotate(SystemRandomSource().bytes(32))
        print(
          "The key of generation \(outcome.generation) is in force; \(outcome.boxes) boxes were "
            + "sealed anew.")
        print("Make the escrow copy of the new key now: \(running.rotation.file.path)")
        print(
          "The key before is kept for backups made before: \(outcome.earlierKey). "
            + "Move it to the escrow.")
        await running.close()
      } catch {
        await running.close()
        throw CommandFailure(error)
      }
    }
  }
}
