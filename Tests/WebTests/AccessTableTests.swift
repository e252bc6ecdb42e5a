import Conduct
import Foundation
import Store
import StudyLanguage
import StudyModel
import Testing

@testable import Web

/// Who passes which route, as a file that people read: `access-table.txt` beside this.
///
/// `EQUIPOISE_WRITE_ACCESS=1` writes it anew.
struct AccessTableTests {
  private static let file = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "access-table.txt")

  static func definition() throws -> StudyDefinition {
    try StudyDefinition(yaml: #require(EmbeddedStudies.definition("kap-ect")))
  }

  private static func words(_ access: Access, _ roles: [Role]) -> String {
    switch access {
    case .everybody: "everybody, signed in or not"
    case .waiting: "who gave a password and not yet the code"
    case .signedIn: "everybody signed in"
    case .blinded:
      "who may know no arm: "
        + roles.filter(access.admits).map(\.id.text).sorted().joined(separator: " ")
    case .anyOf(let capabilities):
      capabilities.map(\.rawValue).sorted().joined(separator: " or ") + ": "
        + roles.filter(access.admits).map(\.id.text).sorted().joined(separator: " ")
    }
  }

  private static func table(_ definition: StudyDefinition) -> String {
    RouteTable.all.map {
      "\($0.method) \($0.pattern)\n"
        + "  \(words($0.access, definition.roles))\n"
    }.sorted().joined()
  }

  @Test func `REQ-058: who passes which route is what was read and agreed`() throws {
    let table = Self.table(try Self.definition())
    if ProcessInfo.processInfo.environment["EQUIPOISE_WRITE_ACCESS"] != nil {
      try Data(table.utf8).write(to: Self.file)
    }
    let agreed = try String(contentsOf: Self.file, encoding: .utf8)
    let (now, before) = (table.split(separator: "\n"), agreed.split(separator: "\n"))
    let change = now.difference(from: before).prefix(20).map { step in
      switch step {
      case .insert(_, let line, _): "+ \(line)"
      case .remove(_, let line, _): "- \(line)"
      }
    }
    #expect(table == agreed, "\(change.joined(separator: "\n"))")
  }

  @Test func `no route is open to a capability that no role holds`() throws {
    let roles = try Self.definition().roles
    let unheld = RouteTable.all.filter { route in
      if case .anyOf = route.access { return !roles.contains(where: route.access.admits) }
      return false
    }
    #expect(unheld.isEmpty, "\(unheld.map { "\($0.method) \($0.pattern)" })")
  }

  @Test func `every address leads to its route, and with a value left out to none`() {
    let index = RouteIndex(RouteTable.all)
    var withValues = 0
    for route in RouteTable.all {
      let filled = route.pattern.replacing(/\{[^}]*\}/, with: "x-1")
      #expect(
        index.matches(filled).contains { $0.route.operation == route.operation }, "\(filled)")
      guard filled != route.pattern else { continue }
      withValues += 1
      let left = route.pattern.replacing(/\{[^}]*\}/, with: "")
      #expect(index.matches(left).isEmpty, "\(left)")
    }
    #expect(withValues > 100)
    #expect(index.matches("/").count == 1)
    for other in ["", "//", "/sign-in/", "//sign-in", "/api//v1/me"] {
      #expect(index.matches(other).isEmpty, "\(other)")
    }
  }

  @Test func `what is no UTF-8 stands for no text, in an address or in a box`() {
    let index = RouteIndex(RouteTable.all)
    for (written, meant) in [("%C3%A9", "é"), ("a%2fb", "a/b"), ("%EF%BF%BD", "\u{FFFD}")] {
      let found = index.matches("/participants/\(written)")
      #expect(found.first?.parameters["participant"] == meant)
      #expect(FormFields(urlEncoded: "a=\(written)")?["a"] == meant)
    }
    for written in ["%A91", "a%EB", "%C3", "%ED%A0%80", "%zz", "%4", "%", "%+1", "%00"] {
      #expect(index.matches("/participants/\(written)").isEmpty, "\(written)")
      #expect(FormFields(urlEncoded: "a=\(written)") == nil, "\(written)")
    }
  }
}
