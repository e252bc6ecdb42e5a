import Testing

@testable import Web

/// Files and boxes as a browser sends them, and as nobody should.
@Suite struct MultipartBodyTests {
  private static func body(_ parts: [String], boundary: String = "xyz", end: String = "--\r\n")
    -> [UInt8]
  {
    Array((parts.map { "--\(boundary)\r\n\($0)\r\n" }.joined() + "--\(boundary)\(end)").utf8)
  }

  private static func box(_ name: String, _ value: String) -> String {
    "Content-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)"
  }

  private static func file(_ name: String, _ content: String) -> String {
    "Content-Disposition: form-data; name=\"files\"; filename=\"\(name)\"\r\n"
      + "Content-Type: text/csv\r\n\r\n\(content)"
  }

  @Test func `boxes and files arrive in order, and a file byte for byte`() throws {
    let table = "a,b\r\n1,\"2\r\n--xy\"\r\n\r\n"
    let read = try #require(
      MultipartBody(
        Self.body([
          Self.box("form", "VS"), Self.file("VS-march.csv", table), Self.file("", ""),
          Self.file(#"C:\data\DM.csv"#, "x"), Self.box("empty", ""),
          Self.file("say %22hello%22.csv", ""),
        ]), boundary: "xyz"))
    #expect(
      read.fields.map(\.name) == ["form", "empty"] && read.fields.map(\.value) == ["VS", ""])
    #expect(read.files.map(\.name) == ["VS-march.csv", "DM.csv", "say \"hello\".csv"])
    #expect(read.files.map { String(decoding: $0.bytes, as: UTF8.self) } == [table, "x", ""])
    #expect(read.files.allSatisfy { $0.field == "files" })
  }

  @Test(arguments: [
    [UInt8](), Array("--xyz".utf8), Array("--xyz\r\n".utf8),
    body([box("a", "1")], end: ""), body([box("a", "1")], boundary: "other"),
    body(["Content-Disposition: form-data\r\n\r\n1"]), body(["\r\n1"]),
    body(["Content-Disposition: form-data; name=\"\"\r\n\r\n1"]),
    body(["Content-Disposition: attachment; name=\"a\"\r\n\r\n1"]),
    body(["Content-Disposition: form-data; name=\"a\"\r\n1"]),
    body([String(repeating: "X", count: 5000) + "\r\n" + box("a", "1")]),
    Array("--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n".utf8) + [0xFF]
      + Array("\r\n--xyz--".utf8),
    body(Array(repeating: box("a", "1"), count: 2001)),
  ])
  func `a body that is cut off or has a part without a name is refused`(_ bytes: [UInt8]) {
    #expect(MultipartBody(bytes, boundary: "xyz") == nil)
  }

  @Test(arguments: [
    ("multipart/form-data; boundary=abc", "abc"),
    ("Multipart/Form-Data;charset=utf-8; boundary=\"a b\"", nil),
    ("multipart/form-data; boundary=\"a'b\"", "a'b"),
    ("multipart/mixed; boundary=abc", nil), ("multipart/form-data", nil),
    ("multipart/form-data; boundary=", nil),
    ("multipart/form-data; boundary=" + String(repeating: "x", count: 71), nil),
    ("application/x-www-form-urlencoded", nil), ("", nil),
  ])
  func `the boundary is that of form data, of visible signs`(type: String, boundary: String?) {
    #expect(MultipartBody.boundary(of: type) == boundary)
  }
}
