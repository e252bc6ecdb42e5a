import Testing

@testable import Web

/// What counts of a text that somebody sent, and how long it may be.
@Suite struct GivenTextTests {
  @Test func `a reason of blanks is none, wherever it is given`() throws {
    let form = FormFields([
      ("reason", " \t "), ("void_reason", "  wrong visit "), ("note", "  "), ("other", " a "),
    ])
    #expect(form["reason"] == "" && form["void_reason"] == "wrong visit")
    #expect(form["note"] == "" && form["other"] == " a ")
    let body = try #require(
      JSONBody(Array(#"{"reason": "   ", "answer": "\n", "text": " a "}"#.utf8)))
    #expect(body["reason"] == "" && body["answer"] == "" && body["text"] == " a ")
  }

  private static func body(_ member: String, _ length: Int) -> [UInt8] {
    Array(#"{"\#(member)": "\#(String(repeating: "x", count: length))"}"#.utf8)
  }

  @Test func `a definition or table is as long as a body may be, every other text 64 KiB`() throws {
    for route in RouteTable.all where route.surface == .api {
      for member in route.body where member.kind == .string {
        let fault = JSONShape.fault(in: Self.body(member.name, (64 << 10) + 1), [member])
        let isFile = [
          "/amendments source", "/imports csv", "/imports/try csv", "/instrument-texts csv",
          "/instrument-texts/try csv",
        ]
        .contains { "\(route.pattern) \(member.name)".hasSuffix($0) }
        #expect((fault == nil) == isFile, "\(route.pattern) \(member.name): \(fault ?? "")")
      }
    }
    let members: [BodyMember] = [.optional("files", .object).asFile, .optional("name")]
    let long = String(repeating: "x", count: (64 << 10) + 1)
    func fault(_ text: String) -> String? { JSONShape.fault(in: Array(text.utf8), members) }
    #expect(fault(#"{"files": {"a.csv": "\#(long)"}, "name": "a"}"#) == nil)
    #expect(fault(#"{"files": {"a.csv": "x"}, "name": "\#(long)"}"#) != nil)
    #expect(fault(#"{"name": "\#(long)", "files": {"a.csv": "x"}}"#) != nil)
    #expect(fault(#"{"\#(long)": "a"}"#) != nil)
  }
}
