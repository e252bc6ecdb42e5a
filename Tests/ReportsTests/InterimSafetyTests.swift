import Foundation
import InventedTrials
import Statistics
import StudyModel
import Testing

@testable import Reports

/// What an interim look tells of treatment, adverse events and blinding.
@Suite struct InterimSafetyTests {
  private static let letters = ["KET": "A", "KAP": "B", "ECT": "C"]

  private func safety(
    _ trial: InventedTrial, letters: [String: String] = letters
  ) throws -> InterimSafety {
    try #require(
      try InterimSafety(
        trial.source().snapshot, arms: trial.arms, letters: letters, definition: trial.definition))
  }

  /// Those with an adverse event, read from the rows themselves.
  private func ill(_ trial: InventedTrial) throws -> Set<String> {
    var found: Set<String> = []
    for line in trial.treatment {
      let row = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      if row?["form"] as? String == "AE", let key = row?["participant"] as? String {
        found.insert(key)
      }
    }
    return found
  }

  @Test func `the committee reads delivery, adverse events and blinding of every letter`() throws {
    let trial = try InventedTrial()
    let safety = try safety(trial)
    let ill = try ill(trial)
    #expect(ill.count > 15)
    for (arm, letter) in Self.letters {
      let allocated = Set(trial.arms.filter { $0.value == arm }.keys)
      let delivery = try #require(safety.delivery.first { $0.letter == letter })
      #expect(delivery.randomized == allocated.count)
      #expect(delivery.treated == allocated.count && delivery.treatedOtherwise == 0)
      let any = try #require(safety.events.first { $0.row == "Any" && $0.letter == letter })
      #expect(any.participants == ill.intersection(allocated).count)
      #expect(any.treated == allocated.count)
      let limits = try Proportion.clopperPearson(
        BinomialSample(responders: any.participants, total: any.treated))
      #expect(any.lower == limits.lower && any.upper == limits.upper)
    }
    #expect(safety.delivery.map(\.letter) == ["A", "B", "C"])
    // The table of the final report is the oracle of the indices: it is held to R's.
    let table = try #require(try trial.report().table("blinding-RBR.guess-EOT"))
    let blinding = try #require(safety.blinding.first)
    #expect(blinding.record == "Rater blinding record, EOT")
    for (arm, letter) in Self.letters {
      let row = try #require(table.rows.first { $0[0].text == arm })
      let found = try #require(blinding.rows.first { $0.letter == letter })
      #expect(found.index == row[5].value)
      #expect(found.guesses == Int(row[1...4].reduce(0) { $0 + ($1.value ?? 0) }))
    }
    #expect(blinding.overall == table.rows.last?[5].value)
  }

  @Test func `other letters change names alone, and no arm is named`() throws {
    let trial = try InventedTrial()
    let turned = try safety(trial, letters: ["KET": "B", "KAP": "C", "ECT": "A"])
    let next = ["A": "B", "B": "C", "C": "A"]
    let before = try safety(trial)
    for cell in before.events {
      let other = try #require(
        turned.events.first { $0.row == cell.row && $0.letter == next[cell.letter] })
      #expect(other.participants == cell.participants && other.events == cell.events)
    }
    #expect(Set(turned.events.map(\.letter)) == ["A", "B", "C"])
    let text = try ReportText.json(before)
    for arm in Self.letters.keys { #expect(!text.contains(arm)) }
  }

  @Test func `the open report counts events of all arms together, and no small ones`() throws {
    var trial = try InventedTrial()
    let many = try ill(trial).count
    for key in trial.arms.keys.sorted().prefix(4) {
      trial.treatment.append(
        """
        {"answers":{"meddra_soc":"Eye","sev":"1","serious":"N"},"entered_at":"2027-01-20T09:00:00Z",\
        "form":"AE","participant":"\(key)","repeat":8,"status":"submitted",\
        "submitted_at":"2027-01-20T09:00:00Z","version":1,"visit":"UNS"}
        """)
    }
    let pooled = try #require(
      PooledEvents(try trial.source().snapshot, definition: trial.definition))
    #expect(pooled.least == 5)
    #expect(
      pooled.rows == [
        PooledEvents.Row(organClass: "Eye", participants: nil),
        PooledEvents.Row(organClass: "Nervous system", participants: many),
      ])
    let fifth = trial.arms.keys.sorted()[4]
    trial.treatment.append(
      """
      {"answers":{"meddra_soc":"Eye","sev":"1","serious":"N"},"entered_at":"2027-01-20T09:00:00Z",\
      "form":"AE","participant":"\(fifth)","repeat":8,"status":"submitted",\
      "submitted_at":"2027-01-20T09:00:00Z","version":1,"visit":"UNS"}
      """)
    let more = PooledEvents(try trial.source().snapshot, definition: trial.definition)
    #expect(more?.rows.first?.participants == 5)
  }

  @Test func `what the definition does not declassify stands in no open report`() throws {
    let trial = try InventedTrial(amended: { text in
      text.split(separator: "\n", omittingEmptySubsequences: false)
        .filter { !$0.contains("pooled_events_declassified_because") }.joined(separator: "\n")
    })
    #expect(trial.definition.interim?.pooledEventsReason == nil)
    #expect(PooledEvents(try trial.source().snapshot, definition: trial.definition) == nil)
  }
}
