import CaseFiles
import Foundation
import Testing

@Suite struct CaseFileRunnerTests {
  private func report(
    _ expected: String, tolerance: String = #"{"abs": 0.01, "rel": 0.1}"#, answer: JSONValue
  ) throws -> CaseFileReport {
    let file = """
      {"family": "z", "title": "t", "cases": [{"id": "z1", "method": "z.method",
        "inputs": {"x": 1}, "expected": \(expected), "tolerance": \(tolerance)}]}
      """
    return try CaseFileRunner(adding: ["z.method": { _ in answer }])
      .evaluate(name: "z.json", bytes: Data(file.utf8), data: { _ in nil })
  }

  private func agrees(_ expected: String, _ answer: JSONValue) throws -> Bool {
    try report(expected, answer: answer).agreed == 1
  }

  @Test func `a number agrees within the larger of both tolerances and not beyond`() throws {
    #expect(try agrees(#"{"a": 10}"#, .object(["a": .number(10.99)])))
    #expect(try !agrees(#"{"a": 10}"#, .object(["a": .number(11.01)])))
    #expect(try agrees(#"{"a": 0}"#, .object(["a": .number(0.0099)])))
    #expect(try !agrees(#"{"a": 0}"#, .object(["a": .number(0.0101)])))
  }

  @Test func `a missing field fails and an extra one does not`() throws {
    #expect(try !agrees(#"{"a": 1, "b": 2}"#, .object(["a": .number(1)])))
    #expect(try agrees(#"{"a": 1}"#, .object(["a": .number(1), "b": .null])))
  }

  @Test func `infinities match only themselves and NaN is no number`() throws {
    #expect(try agrees(#"{"a": "Inf"}"#, .object(["a": .number(.infinity)])))
    #expect(try !agrees(#"{"a": "Inf"}"#, .object(["a": .number(-.infinity)])))
    #expect(try !agrees(#"{"a": 1}"#, .object(["a": .number(.nan)])))
    #expect(try !agrees(#"{"a": 1}"#, .object(["a": .number(.infinity)])))
    #expect(try agrees(#"{"a": "NaN"}"#, .object(["a": .number(.nan)])))
  }

  @Test func `texts, truth and null must match exactly`() throws {
    #expect(try !agrees(#"{"a": true}"#, .object(["a": .bool(false)])))
    #expect(try !agrees(#"{"a": null}"#, .object(["a": .number(0)])))
    #expect(try !agrees(#"{"a": "KAP"}"#, .object(["a": .text("KET")])))
    #expect(try !agrees(#"{"a": true}"#, .object(["a": .number(1)])))
  }

  @Test func `lists of different length differ and a scalar stands for a list of one`() throws {
    #expect(try !agrees(#"{"a": [1, 2]}"#, .object(["a": .numbers([1])])))
    #expect(try agrees(#"{"a": [1]}"#, .object(["a": .number(1)])))
  }

  @Test func `a method that throws is a difference and its sentence is told`() throws {
    let file = """
      {"cases": [{"id": "z1", "method": "rd.ci.mee", "inputs": {"x1": 5, "n1": 3, "x2": 1, "n2": 2},
        "expected": {"lower": 0}, "tolerance": {"abs": 1, "rel": 0}}]}
      """
    let report = try CaseFileRunner().evaluate(
      name: "z.json", bytes: Data(file.utf8), data: { _ in nil })
    #expect(report.differed == 1)
    #expect(report.text.contains("above the number analysed"))
  }

  @Test func `an unknown method counts as not implemented and has no answer`() throws {
    let file = """
      {"cases": [{"id": "z1", "method": "no.such", "inputs": {}, "expected": {"a": 1},
        "tolerance": {"abs": 1, "rel": 0}}]}
      """
    let report = try CaseFileRunner().evaluate(
      name: "z.json", bytes: Data(file.utf8), data: { _ in nil })
    #expect(report.text.hasPrefix("z.json: 0 agree, 0 differ, 1 not implemented\n"))
    #expect(report.answerLines == "")
  }

  @Test func `a method is handed the inputs and never what is expected`() throws {
    let file = """
      {"cases": [{"id": "z1", "method": "z.method", "inputs": {"x": 1}, "expected": {"a": 7},
        "tolerance": {"abs": 0, "rel": 0}}]}
      """
    let runner = CaseFileRunner(adding: ["z.method": { .object($0.values) }])
    let report = try runner.evaluate(name: "z", bytes: Data(file.utf8), data: { _ in nil })
    #expect(report.answerLines == #"{"answer":{"x":1.0},"id":"z1"}"# + "\n")
    #expect(report.differed == 1)
  }

  @Test(arguments: ["{", "[1,]", #"{"a" 1}"#, "nul", "1 2", #""\q""#, "", #""\ud800""#])
  func `text that is not JSON is refused`(text: String) {
    #expect(throws: CaseFileRefusal.notJSON) { try JSONValue(parsing: Data(text.utf8)) }
  }

  @Test func `JSON without cases is refused as no case file`() {
    #expect(throws: CaseFileRefusal.notACaseFile) {
      try CaseFileRunner().evaluate(name: "z", bytes: Data("{}".utf8), data: { _ in nil })
    }
  }

  @Test func `an object keeps the order in which the file names its values`() throws {
    let text = #"{"KET": 1, "KAP": {"é\n": "\u00e9"}, "ECT": 3}"#
    let value = try JSONValue(parsing: Data(text.utf8))
    #expect(value.object?.names == ["KET", "KAP", "ECT"])
    #expect(value.object?["KAP"]?.object?["é\n"] == .text("é"))
  }
}
