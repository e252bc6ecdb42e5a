import Foundation
import Pictures
import Testing

/// The style sheet: colours as tokens only, and tokens with enough contrast.
struct StyleTests {
  private let sheet: String

  init() throws {
    var root = URL(filePath: #filePath)
    for _ in 0..<3 { root.deleteLastPathComponent() }
    let file = root.appending(path: "Sources/Web/Assets/style.css")
    sheet = try String(contentsOf: file, encoding: .utf8)
  }

  @Test func `a colour is written in the two token blocks and nowhere else`() throws {
    let blocks = sheet.matches(of: /:root \{[^}]*\}/)
    #expect(blocks.count == 2)
    var rest = sheet
    for block in blocks { rest = rest.replacing(String(block.output), with: "") }
    #expect(rest.firstMatch(of: /#[0-9a-fA-F]{3,8}\b/) == nil)
    #expect(rest.firstMatch(of: /(?:rgb|hsl|hwb|lab|lch|oklab|oklch|color)a?\(/) == nil)
    let named = /:\s[^;{]*\b(?:white|black|red|green|blue|gray|grey|yellow|orange|purple)\b[^;]*;/
    #expect(rest.firstMatch(of: named) == nil)
  }

  @Test func `the style sheet asks nothing from elsewhere and holds no markup`() {
    #expect(!sheet.contains("url("))
    #expect(!sheet.contains("@import"))
    #expect(!sheet.contains("<"))
  }

  @Test func `every token that is used is defined in light and in dark`() throws {
    let (light, dark) = try tokens()
    let used = Set(sheet.matches(of: /var\(--([a-z0-9-]+)\)/).map { String($0.output.1) })
    #expect(used.subtracting(light.keys).isEmpty)
    #expect(Set(light.keys) == Set(dark.keys))
  }

  @Test func `the colours of pictures are the light tokens and each has its two classes`() throws {
    let (light, _) = try tokens()
    for ink in Ink.allCases {
      #expect(light[ink.rawValue] == ink.lightValue, "\(ink)")
      #expect(sheet.contains(".f-\(ink.rawValue) { fill: var(--\(ink.rawValue)); }"))
      #expect(sheet.contains(".s-\(ink.rawValue) { stroke: var(--\(ink.rawValue)); }"))
    }
  }

  @Test func `text has a contrast of 4.5 and edges and marks one of 3, in light and dark`() throws {
    let text = [
      ("ink", "ground"), ("ink", "card"), ("ink-2", "ground"), ("ink-2", "card"),
      ("accent", "ground"), ("accent", "card"), ("on-accent", "accent"), ("on-accent", "pressed"),
      ("ink", "tint"), ("accent", "tint"), ("good", "good-tint"), ("due", "due-tint"),
      ("bad", "bad-tint"), ("bad", "card"), ("card", "bad"), ("calm", "calm-tint"),
      ("on-training", "training"), ("ink-2", "tint"), ("good", "card"),
    ]
    let marks = [
      ("edge", "ground"), ("edge", "card"), ("arm-1", "card"), ("arm-2", "card"),
      ("arm-3", "card"), ("ring", "focus"),
    ]
    let (light, dark) = try tokens()
    for tokens in [light, dark] {
      for (first, second) in text {
        #expect(try contrast(tokens, first, second) >= 4.5, "\(first) on \(second)")
      }
      for (first, second) in marks {
        #expect(try contrast(tokens, first, second) >= 3, "\(first) on \(second)")
      }
    }
  }

  @Test func `the contrast is computed as in the table of the design`() throws {
    // design.md, section 2: ink on ground 15.1 and on card 16.4, accent on card 7.3.
    let (light, _) = try tokens()
    #expect(abs(try contrast(light, "ink", "ground") - 15.1) < 0.05)
    #expect(abs(try contrast(light, "ink", "card") - 16.4) < 0.05)
    #expect(abs(try contrast(light, "accent", "card") - 7.3) < 0.05)
  }

  private func tokens() throws -> (light: [String: String], dark: [String: String]) {
    let blocks = sheet.matches(of: /:root \{([^}]*)\}/).map { String($0.output.1) }
    let parsed = blocks.map { block in
      Dictionary(
        uniqueKeysWithValues: block.matches(of: /--([a-z0-9-]+): (#[0-9a-f]{6});/).map {
          (String($0.output.1), String($0.output.2))
        })
    }
    return (try #require(parsed.first), try #require(parsed.last))
  }

  // WCAG 2.2, relative luminance and contrast ratio.
  private func contrast(_ tokens: [String: String], _ first: String, _ second: String) throws
    -> Double
  {
    let lights = try [first, second].map { name in
      let token = try #require(tokens[name])
      let value = try #require(Int(token.dropFirst(), radix: 16))
      let parts = [16, 8, 0].map { shift -> Double in
        let part = Double(value >> shift & 255) / 255
        return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
      }
      return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    }
    return (max(lights[0], lights[1]) + 0.05) / (min(lights[0], lights[1]) + 0.05)
  }
}
