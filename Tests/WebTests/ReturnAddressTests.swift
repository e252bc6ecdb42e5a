import Pages
import Testing

@testable import Web

/// Where one comes back to after a session ended.
@Suite struct ReturnAddressTests {
  @Test(arguments: [
    "/participants/new", "/participants/101-0001/forms/DM/SCR", "/audit?from=2027-01-31&page=2",
    "/account", "/desk/A-7QX4M2KD", "/sections",
  ])
  func `a page for who is signed in is come back to with its query`(_ address: String) throws {
    let kept = try #require(ReturnAddress(address))
    #expect(kept.text == address)
    #expect(kept.kept.value == address && kept.kept.name == "to")
    // As it is carried in an address, and read again.
    let query = try #require(FormFields(urlEncoded: kept.query))
    #expect(query["to"].flatMap { ReturnAddress($0) } == kept)
  }

  @Test(arguments: [
    "https://evil.example/", "//evil.example/participants", "/\\evil.example", "/participants//e",
    "/participants/../account", "/participants?to=//evil.example", "/participants?a=https://e",
    "/participants\r\nSet-Cookie: a=b", "/participants?a=<b>", "participants", "", "/",
    "/sign-in", "/sign-in/code", "/q/1-7QX4M2KD", "/no/such/page", "/api/v1/participants",
    "/participants/101-0001/randomize/undo", "/assets/app.js",
    "/participants?a=" + String(repeating: "a", count: 600),
  ])
  func `no other server, no page for strangers and no sign of a header is come back to`(
    _ address: String
  ) { #expect(ReturnAddress(address) == nil) }

  @Test func `a form leads back to the page of its own address alone`() {
    #expect(ReturnAddress(path: "/participants/101-0001/move", query: nil) != nil)
    #expect(ReturnAddress(path: "/sign-out", query: nil) == nil)
    // A query that cannot be kept does not lose the page.
    #expect(ReturnAddress(path: "/participants", query: "key=<b>")?.text == "/participants")
  }
}
