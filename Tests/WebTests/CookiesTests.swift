import Testing

@testable import Web

struct CookiesTests {
  @Test func `a cookie is found by its whole name, and of two the first`() {
    let cookies = Cookies(["a=1;  eq = 00ff\t; eq=2", "other=x=y; empty=; =none; bare"])
    #expect(cookies["eq"] == "00ff")
    #expect(cookies["a"] == "1")
    #expect(cookies["other"] == "x=y")
    #expect(cookies["empty"] == "")
    #expect(cookies["bare"] == nil && cookies[""] == nil && cookies["EQ"] == nil)
  }
}
