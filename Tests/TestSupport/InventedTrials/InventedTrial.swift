import Foundation
package import Reports
import Statistics
import StudyLanguage
package import StudyModel

/// A trial of invented people as a snapshot holds one, without server or database.
package struct InventedTrial {
  package var arms: [String: String] = [:]
  package var people: [String] = []
  package var open: [String] = []
  package var outcome: [String] = []
  package var treatment: [String] = []
  package let definition: StudyDefinition

  /// - Parameters:
  ///   - amended: what the definition says instead of what the reference trial does.
  ///   - answers: what a participant answers instead of what is invented, by place `FORM@VISIT`.
  package init(
    participants: Int = 120, key: UInt64 = 4, amended: (String) -> String = { $0 },
    changing answers: (Int, String, inout [String: String]) -> Void = { _, _, _ in },
    state: (Int) -> String = { _ in "completed" }
  ) throws {
    let url = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
      .appendingPathComponent("Docs/ReferenceTrial/kap-ect.yaml")
    definition = try StudyDefinition(yaml: amended(try String(contentsOf: url, encoding: .utf8)))
    for number in 0..<participants {
      invite(number, key: key, state: state(number), changing: answers)
    }
  }

  private mutating func invite(
    _ number: Int, key: UInt64, state: String,
    changing answers: (Int, String, inout [String: String]) -> Void
  ) {
    var chances = CounterStream(key: key, stream: UInt64(number))
    let site = ["101", "102", "104"][number % 3]
    let digits = String(number / 3 + 1)
    let id = "\(site)-\(String(repeating: "0", count: 4 - digits.count))\(digits)"
    let arm = ["KET", "KAP", "ECT"][(number / 3) % 3]
    arms[id] = arm
    people.append(
      Self.line([
        "participant": id, "site": site, "state": state,
        "consented_at": "2027-01-02T09:00:00Z", "randomized_at": "2027-01-11T09:00:00Z",
        "randomization_number": 100_000 + number,
      ]))
    let baseline = 24 + Int(chances.uniform() * 22)
    let responds = chances.uniform() < (arm == "ECT" ? 0.45 : arm == "KAP" ? 0.65 : 0.5)
    let total = responds ? baseline / 2 - 2 : baseline / 2 + 4 + Int(chances.uniform() * 6)
    func put(
      _ form: String, _ visit: String, _ given: [String: String], _ day: String,
      _ lines: inout [String]
    ) {
      var given = given
      answers(number, "\(form)@\(visit)", &given)
      guard !given.isEmpty else { return }
      lines.append(Self.entry(id, form, visit, given, day))
    }
    put(
      "DM", "SCR",
      [
        "birth_year": "1980", "sex": number % 2 == 0 ? "F" : "M", "edu_years": "14",
      ], "2027-01-02", &open)
    put("RANDREQ", "RND", ["setting": number % 4 == 0 ? "IN" : "OUT"], "2027-01-11", &open)
    put("MADRS", "BL", ["total": "\(baseline)"], "2027-01-08", &outcome)
    put("QIDSSR16", "BL", ["total": "\(baseline / 2)"], "2027-01-08", &outcome)
    // Some scores are missing, so that there is something to impute.
    if chances.uniform() < 0.9 {
      put(
        "MADRS", "EOT",
        [
          "total": "\(total)", "start": "2027-02-09T10:00:00Z",
        ], "2027-02-09", &outcome)
    }
    for (visit, day) in [
      ("A2", "2027-01-26"), ("EOT", "2027-02-09"), ("F1", "2027-03-11"), ("F6", "2027-08-08"),
    ] {
      let score = max(0, total / 2 + Int(chances.uniform() * 8) - 3)
      put("QIDSSR16", visit, ["total": "\(score)"], day, &outcome)
    }
    var given: [String] = []
    treat(arm, number, &chances) { put($0, $1, $2, $3, &given) }
    treatment += given
  }

  private func treat(
    _ arm: String, _ number: Int, _ chances: inout CounterStream,
    _ put: (String, String, [String: String], String) -> Void
  ) {
    let sessions = chances.uniform() < 0.1 ? 2 : 9
    let day = "2027-01-20"
    if arm == "ECT" {
      for session in 1...sessions {
        put(
          "ECTTX", "E\(session)", ["charge_mc": "172.8", "adequate": "true"], day)
      }
    } else {
      for session in 1...min(sessions, 6) {
        put(
          "KDOSE", "K\(session)",
          ["start": "2027-01-20T09:00:00Z", "dose_mg": "35", "given_mg": "35.0"], day)
      }
    }
    if arm == "KAP" {
      for visit in ["P1", "P2"] {
        put(
          "PREP", visit,
          ["start": "2027-01-13T09:00:00Z", "ther1": "therapist-\(number % 7)"], day)
      }
      for session in 1...6 {
        put("INTEG", "G\(session)", ["start": "2027-01-21T09:00:00Z"], day)
      }
    }
    let guess = chances.uniform() < 0.5 ? "DK" : ["KET", "KAP", "ECT"][Int(chances.uniform() * 3)]
    put("RBR", "EOT", ["guess": guess, "disclosed": "N"], "2027-02-09")
    if chances.uniform() < 0.3 {
      put(
        "AE", "UNS",
        ["meddra_soc": "Nervous system", "meddra_pt": "Headache", "sev": "1", "serious": "N"], day)
    }
  }

  private static func entry(
    _ id: String, _ form: String, _ visit: String, _ answers: [String: String], _ day: String
  ) -> String {
    line([
      "participant": id, "form": form, "visit": visit, "repeat": 1, "version": 1,
      "status": "submitted", "answers": answers, "entered_at": "\(day)T12:00:00Z",
      "submitted_at": "\(day)T12:00:00Z",
    ])
  }

  private static func line(_ object: [String: Any]) -> String {
    let data = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
    return data.map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// The source of an analysis, with the rows in the order a shuffle gives.
  package func source(
    holdsTreatment: Bool = true, shuffled: UInt64? = nil, excluded: Set<String> = []
  ) throws -> AnalysisSource {
    var lines = people + open + outcome + (holdsTreatment ? treatment : [])
    if let shuffled {
      var chances = CounterStream(key: shuffled, stream: 0)
      lines = lines.map { (chances.word(), $0) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
    let keys = arms.keys.sorted()
    let redrawn = (0..<99).map { draw in
      Dictionary(
        uniqueKeysWithValues: keys.enumerated().map { index, key in
          var chances = CounterStream(key: 9, UInt64(draw), UInt64(index))
          return (key, ["KET", "KAP", "ECT"][Int(chances.uniform() * 3)])
        })
    }
    return AnalysisSource(
      snapshot: try TrialSnapshot(contents: [lines.joined(separator: "\n")]),
      holdsTreatment: holdsTreatment, arms: arms, definition: definition, excluded: excluded,
      redrawn: redrawn, key: 11,
      provenance: Provenance(
        study: "kap-ect", definition: definition.version, snapshot: 1, cutOff: "2027-09-01",
        fingerprint: "00", plan: "", software: "test", randomKey: "11",
        isDryRun: !holdsTreatment))
  }

  package func report() throws -> TrialReport { try TrialReport(try source()) }
}

extension TrialReport {
  package func section(_ id: String) -> ReportSection? { sections.first { $0.id == id } }
  package func table(_ id: String) -> ReportTable? {
    sections.flatMap(\.tables).first { $0.id == id }
  }
}
