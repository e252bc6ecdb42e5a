import Testing

@testable import Conduct

@Suite struct JSONTextTests {
  @Test func `facts are read as the database writes them`() throws {
    let json = try JSONText(
      #"{"state": "eligible", "n": -12, "open": true, "none": null, "list": ["a", {"b": []}]}"#)
    #expect(json["state"]?.text == "eligible")
    #expect(json["n"]?.integer == -12)
    #expect(json["list"]?.list?.first?.text == "a")
    #expect(json["list"]?.list?.last?["b"]?.list?.isEmpty == true)
    #expect(json["none"]?.text == nil)
    #expect(json["absent"] == nil)
  }

  @Test func `escapes of an answer are read, also those of characters beyond the first plane`()
    throws
  {
    let json = try JSONText(#"["a\"b\\c\/\n\t\u00e9 \ud83d\ude00 end"]"#)
    #expect(json.list?.first?.text == "a\"b\\c/\n\té 😀 end")
  }

  @Test(arguments: [
    "", "{", "[1,]", #"{"a" 1}"#, #"["open]"#, "[1] 2", #"["\x"]"#, #"["\u12"]"#, "tru",
    String(repeating: "[", count: 100),
  ])
  func `a text that is no JSON is refused`(_ text: String) {
    #expect(throws: JSONText.Malformed.self) { try JSONText(text) }
  }

  @Test func `facts without the list of blocking queries are refused, not read as none`() {
    func json(_ queries: String) -> String {
      """
      {"study_state": "enrolling", "site_state": "active", "zone": "UTC", "site_randomized": 0,
       "site_key": "101", "state": "eligible", "now": "2027-01-04T09:00:00Z",
       "likeness_open": false, \(queries)"entries": []}
      """
    }
    #expect(throws: JSONText.Malformed.self) { try ReadinessFacts(json: json("")) }
    #expect(throws: Never.self) { try ReadinessFacts(json: json(#""blocking_queries": [], "#)) }
  }
}
