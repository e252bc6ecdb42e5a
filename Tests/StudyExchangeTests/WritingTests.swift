import Foundation
import StudyExchange
import StudyLanguage
import StudyModel
import Testing

/// Files of the package, found from this file.
enum Files {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  static func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: root.appending(path: path)))
  }

  static let studies = ["Docs/ReferenceTrial/kap-ect.yaml", "Tests/Oracles/studies/two-arm.yaml"]

  /// Every definition of the package.
  static let definitions = studies + ["Tests/Oracles/studies/minimized.yaml"]

  static func study(_ path: String) throws -> StudyDefinition {
    try StudyDefinition(yaml: try text(path))
  }
}

/// Definitions written as text are read as the same definitions.
@Suite struct WritingTests {
  @Test(arguments: Files.definitions)
  func `a definition that was written is read as the same definition`(_ path: String) throws {
    let study = try Files.study(path)
    let again: StudyDefinition
    do {
      again = try StudyDefinition(yaml: try study.yaml())
    } catch let faults as DefinitionFaults {
      Issue.record("\(faults)")
      return
    }
    // Part by part, so that a failure says which.
    #expect(again.roles == study.roles)
    #expect(again.incompatibleRoles == study.incompatibleRoles)
    #expect(again.sites == study.sites)
    #expect(again.visits == study.visits)
    #expect(again.instruments == study.instruments)
    for (one, other) in zip(again.forms, study.forms) { #expect(one == other, "\(other.id)") }
    #expect(again.randomization == study.randomization)
    #expect(again.primaryEndpoint == study.primaryEndpoint)
    #expect(again.sampleSize == study.sampleSize)
    #expect(again.interim == study.interim)
    #expect(again.lock == study.lock)
    #expect(again.alerts == study.alerts)
    #expect(again.clocks == study.clocks)
    #expect(again.deviations == study.deviations)
    #expect(again.lifecycles == study.lifecycles)
    #expect(again.populations == study.populations)
    #expect(again.estimands == study.estimands)
    #expect(again.secondaryEndpoints == study.secondaryEndpoints)
    #expect(again.visibility == study.visibility)
    #expect(again.monitoring == study.monitoring)
    #expect(again.questionnaires == study.questionnaires)
    #expect(again.ratings == study.ratings)
    #expect(again.accessReview == study.accessReview)
    #expect(again.sponsorZone == study.sponsorZone)
    #expect(again == study)
  }
}
