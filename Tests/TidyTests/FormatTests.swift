import Testing

@Suite struct FormatTests {
  @Test func `sources and tests are formatted, and every public declaration is documented`() throws
  {
    let answer = try ToolAnswer.running(
      "swift", "format", "lint", "--strict", "--parallel", "--recursive", "Package.swift",
      "Sources", "Tests")
    #expect(answer.status == 0, "\(answer.output)")
  }
}
