import Foundation
import StudyModel
import Testing

@testable import StudyLanguage

/// The published schema against what the reader takes, so that neither drifts from the other.
struct DefinitionSchemaTests {
  /// The keys of every kind of mapping the reader met in the shipped definitions and libraries.
  private static func readShapes() throws -> [String: ReadShape] {
    var shapes: [String: ReadShape] = [:]
    for path in [
      "Docs/ReferenceTrial/kap-ect.yaml", "Tests/Oracles/studies/two-arm.yaml",
      "Tests/Oracles/studies/minimized.yaml",
    ] {
      var reader = DefinitionReader()
      let root = try StudyText.root(of: try ReferenceTrial.text(path))
      reader.names = KnownNames(of: root)
      _ = reader.study(root)
      #expect(reader.sortedFaults.isEmpty, "\(path): \(reader.sortedFaults)")
      shapes.merge(reader.shapes) { $1 }
    }
    return shapes
  }

  @Test func `the schema has every key the reader takes, and no other`() throws {
    let read = try Self.readShapes()
    let published = Dictionary(
      uniqueKeysWithValues: DefinitionSchema.all.map { shape in
        (
          shape.name,
          ReadShape(
            needs: Set(shape.keys.filter(\.isNeeded).map(\.name)),
            may: Set(shape.keys.filter { !$0.isNeeded }.map(\.name)))
        )
      })
    #expect(Set(read.keys) == Set(published.keys))
    for (name, shape) in read { #expect(published[name] == shape, "\(name)") }
  }

  @Test func `the published file is the one the program writes`() throws {
    #expect(try ReferenceTrial.text("Docs/study-definition.schema.json") == DefinitionSchema.json)
  }

  @Test func `no key of the shipped study is a word that YAML 1.1 reads as true or false`() throws {
    let text = try ReferenceTrial.text("Docs/ReferenceTrial/kap-ect.yaml")
    let bare = text.matches(of: #/[\s{,](?i:on|off|yes|no):\s/#)
    #expect(bare.isEmpty, "\(bare.map { text[$0.range] })")
    #expect(text.contains("\"on\": "))
  }

  @Test func `the schema is JSON whose references all lead somewhere`() throws {
    let json = try JSONSerialization.jsonObject(with: Data(DefinitionSchema.json.utf8))
    let top = try #require(json as? [String: Any])
    let definitions = try #require(top["$defs"] as? [String: Any])
    var references: Set<String> = []
    func collect(_ value: Any) {
      if let object = value as? [String: Any] {
        if let reference = object["$ref"] as? String { references.insert(reference) }
        object.values.forEach(collect)
      } else if let list = value as? [Any] {
        list.forEach(collect)
      }
    }
    collect(top)
    #expect(references == Set(definitions.keys.map { "#/$defs/\($0)" }))
  }
}
