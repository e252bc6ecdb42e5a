import ArgumentParser
import Conduct
import Foundation
import Host
import Store
import StudyModel

/// Loads a study definition as a trial of this installation.
struct LoadStudyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "load",
    abstract: "Loads a study definition as a new trial of this installation.",
    discussion: "Nothing is loaded when the definition has faults; all of them are printed.")

  @Argument(help: "The definition, YAML.") var file: String
  @OptionGroup var place: InstallationOptions
  @Option(
    name: .customLong("trial"),
    help: "Key of the trial in addresses; the definition's when absent.")
  var trialKey: String?
  @Flag(help: "Load for training: pages say that nothing is real.") var training = false

  func run() async throws {
    let source = try InputFile(file).text()
    _ = try StudyFile.definition(of: source, at: file)
    let running = try await place.open(isMaking: true)
    do {
      let trial = try await running.installation.loadStudy(
        source, mode: training ? .training : .live, key: trialKey)
      print(
        "\(trial.title): loaded as \(trial.key), version \(trial.version), state \(trial.state).")
      await running.close()
    } catch {
      await running.close()
      throw CommandFailure(error)
    }
  }
}
