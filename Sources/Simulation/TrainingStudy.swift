public import Conduct
import Foundation
import Store
import StudyModel

/// The study of a training server: the one that ships, with people who can sign in at two sites.
public enum TrainingStudy {
  /// The password of every training sign-in: printed, and worth nothing.
  public static let password = "a day of training"
  /// The sites that are open on the first day.
  public static let sites = ["101", "104"]

  /// Loads the study and makes its people at the first start; later starts find it ready.
  ///
  /// - Returns: true when it was made now.
  public static func prepare(
    _ installation: Installation, say: (String) -> Void
  ) async throws -> Bool {
    let trials = try await installation.trials()
    // A training server shows the one-time code of whoever gives a password.
    guard !trials.contains(where: { $0.mode == TrialMode.live.rawValue }) else {
      throw ActRefusal.notNow(
        code: "live_study",
        sentence:
          "This database holds a live study. Start the server without --training, or give training "
          + "a state directory of its own. Nothing was changed.")
    }
    guard trials.isEmpty else { return false }
    guard let source = EmbeddedStudies.definition("kap-ect") else { return false }
    say("Loading the study KAP-ECT in training mode.")
    let trial = try await installation.loadStudy(source, mode: .training)
    let keys = try sites.map { try SiteKey(parsing: $0) }
    say("Making the training sign-ins.")
    let staff = try await SimulatedStaff.create(
      in: trial, sites: keys, raters: 3, prefix: "", password: password,
      cost: Passwords.simulationCost, everyRole: true, installation)
    say("Setting up the randomization and opening two sites.")
    try await TrialSetUp.open(
      trial, sites: keys, staff: staff, entropy: installation.random.bytes(32),
      at: installation.clock.now, installation)
    return true
  }
}
