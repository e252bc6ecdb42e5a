import Conduct
import Datasets
import Foundation
import Reports
import Store
import StudyModel
import Testing

struct ImportedTableTests {
  private static let head = "ID,ARM,SEV,BASE,VISIT,SCORE\n"

  private let table = TrialTable(
    participant: "ID", arm: "ARM", strata: ["SEV"], visit: "VISIT", baseline: "BASE",
    score: "SCORE")

  private func faults(_ rows: String) -> [String] {
    do {
      _ = try table.visits(of: Self.head + rows, arms: ["KET", "ECT"])
      return []
    } catch {
      return error.faults.map { "\($0.row) \($0.column)" }
    }
  }

  @Test func `a table is read by the names of its columns, whatever their order`() throws {
    let text = "SCORE,VISIT,BASE,NOTE,ARM,ID,SEV\r\n10,V6,30,\"a, \"\"b\"\"\nc\",KET,P1,severe\r\n"
    let visits = try table.visits(of: text, arms: ["KET", "ECT"])
    #expect(visits.count == 1)
    #expect(visits.first?.participant == "P1")
    #expect(visits.first?.score == ExactNumber(10))
    #expect(visits.first?.stratum == "severe")
  }

  @Test func `an empty score is a score that was not taken`() throws {
    let visits = try table.visits(of: Self.head + "P1,KET,s,30,V6,\n", arms: ["KET"])
    #expect(visits.first?.score == nil)
  }

  @Test func `every fault is told with its row and column, and nothing is imported`() {
    #expect(
      faults(
        """
        P1,KET,s,30,V1,ten
        P1,ECT,s,30,V2,10
        P2,XYZ,s,,V1,10
        P3,KET,s,30,V1
        """
      ) == ["5 "])
    #expect(
      faults(
        """
        P1,KET,s,30,V1,ten
        P1,ECT,s,31,V1,10
        P2,XYZ,s,,V1,10
        ,KET,s,30,V1,10

        """) == [
          "2 SCORE", "3 ARM", "3 BASE", "3 VISIT", "4 ARM", "4 BASE", "5 ID",
        ])
  }

  @Test func `a missing or doubled column and an open quote are refused`() {
    #expect(throws: CSVRefusal.self) { try CSVImport("A,A\n1,2\n", columns: ["A"]) }
    #expect(throws: CSVRefusal.self) { try CSVImport("A\n1\n", columns: ["B"]) }
    #expect(throws: CSVRefusal.self) { try CSVImport("A\n\"1\n", columns: ["A"]) }
    #expect(throws: CSVRefusal.self) { try CSVImport("A,B\n\"1\"x,2\n", columns: ["A"]) }
    #expect(throws: CSVRefusal.self) { try CSVImport("", columns: ["A"]) }
  }

  @Test(arguments: [",", ";", "\t"])
  func `a spreadsheet's separator is told by the header, whatever the values hold`(
    separator: String
  ) throws {
    let other = separator == "," ? ";;;" : ",,,"
    let text = [["A", "B"], ["\"\(other)\"", "x\(other)"]].map { $0.joined(separator: separator) }
      .joined(separator: "\r\n")
    let table = try CSVImport(text, columns: ["A", "B"])
    #expect(table.rows.map(\.values) == [["A": other, "B": "x\(other)"]])
    #expect(CSVImport.header(text) == ["A", "B"])
    // Signs within a quoted name are its own, and one column has no separator.
    #expect(CSVImport.header("\"A;;;\"\(separator)B") == ["A;;;", "B"])
    #expect(CSVImport.header("A") == ["A"])
  }

  @Test func `REQ-072: the refusal names no value of the table`() {
    do {
      _ = try table.visits(of: Self.head + "P77,SECRET,s,30,V1,ten\n", arms: ["KET"])
      Issue.record("The table was accepted.")
    } catch {
      for word in ["P77", "SECRET", "ten"] { #expect(!error.description.contains(word)) }
    }
  }

  // Counts by awk over the file: a fall of half or more among those with a score at V6.
  @Test func `the reference trial A is counted as a second program counts it`() throws {
    let analysis = try TableAnalysis.trialA(EmbeddedExamples.trialA)
    let counts = analysis.flow.map {
      "\($0.arm) \($0.responders)/\($0.analysed) of \($0.randomized)"
    }
    #expect(
      counts == ["KET 41/101 of 130", "KAP 58/124 of 136", "ECT 32/106 of 134"])
  }
}
