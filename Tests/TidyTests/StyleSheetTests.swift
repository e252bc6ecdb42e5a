import Foundation
import Testing

@Suite struct StyleSheetTests {
  /// The lines of a style sheet that state a colour elsewhere than as a token's value.
  static func colourLiterals(in file: TextFile) -> [String] {
    let colour =
      /#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch)\(|:\s*(?:white|black|red|green|blue|gr[ae]y|orange|yellow|purple|teal)\b/
      .wordBoundaryKind(.simple)
    return file.lines.filter { line in
      line.text.contains(colour) && !line.text.contains(/^\s+--[a-z0-9-]+: #[0-9a-f]{6};$/)
    }
    .map { "\(file.path):\($0.number)" }
  }

  /// The tokens stated within a block that opens with a line.
  static func tokens(of file: TextFile, after opening: String) -> Set<String> {
    guard let start = file.text.range(of: opening) else { return [] }
    let block = file.text[start.upperBound...].prefix { $0 != "}" }
    return Set(block.matches(of: /--([a-z0-9-]+): #/).map { String($0.1) })
  }

  @Test func `colours stand in the two token blocks and nowhere else`() throws {
    let sheets = try Tree.files(below: "Sources", ending: "css")
    try #require(!sheets.isEmpty)
    let faults = sheets.flatMap(Self.colourLiterals)
    #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
  }

  @Test func `every token has a light and a dark colour`() throws {
    for sheet in try Tree.files(below: "Sources", ending: "css") {
      let light = Self.tokens(of: sheet, after: "\n:root {")
      let dark = Self.tokens(of: sheet, after: "\n  :root {")
      #expect(light.count > 10)
      #expect(light == dark)
    }
  }

  @Test(arguments: [
    "  color: #fff;", "a { color: white; }", "  border: 1px solid rgb(0 0 0);",
    "  background: #0b5f6b;",
  ])
  func `a colour outside of the tokens is found`(_ line: String) {
    #expect(Self.colourLiterals(in: TextFile(path: "planted.css", text: line)).count == 1)
  }
}
