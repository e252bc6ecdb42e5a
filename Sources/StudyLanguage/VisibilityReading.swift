import StudyModel
import Yams

extension DefinitionReader {
  mutating func visibilityGroup(_ node: Node) -> VisibilityGroup? {
    guard
      let keyed = keyed(
        node, "a group of the matrix", needs: ["id", "title", "rights"], may: ["forms"])
    else { return nil }
    let id = text(keyed, "id")
    let title = text(keyed, "title")
    let forms = knownList(keyed, "forms", .form, FormID.self)
    var rights: [RoleID: Set<VisibilityRight>] = [:]
    if let written = keyed.entries["rights"], written.mapping == nil {
      report("“rights” gives each role a list of rights.", at: Place(written))
    }
    for (key, value) in keyed.entries["rights"]?.mapping.map(Array.init) ?? [] {
      guard let role = known(key, .role, RoleID.self) else { continue }
      let given: [VisibilityRight] = list(value, "the rights of a role") { reader, node in
        reader.choice(node, "a right")
      }
      // What could not be read was reported; it must not seem to be withheld as well.
      let isWhole = given.count == value.sequence?.count
      rights[role] = isWhole ? Set(given) : Set(given).union([.write, .own, .sign])
    }
    guard let id, let title else { return nil }
    return VisibilityGroup(id: id, title: title, forms: forms, rights: rights)
  }

  /// Holds the matrix against the forms, so that neither says more than the other.
  mutating func checkVisibility(
    _ keyed: KeyedNode, _ groups: [VisibilityGroup], _ forms: [Form], _ roles: [Role]
  ) {
    guard let matrix = keyed.entries["visibility"] else { return }
    let nodes = matrix.sequence.map(Array.init) ?? []
    for form in forms {
      let holders = groups.filter { $0.forms.contains(form.id) }
      guard let group = holders.first else {
        report("the form \(form.id) is in no group of the visibility matrix.", at: Place(matrix))
        continue
      }
      let node = nodes.first { $0["id"]?.scalar?.string == group.id } ?? matrix
      if holders.count > 1 {
        report("the form \(form.id) is in more than one group.", at: Place(node))
      }
      check(form, group, roles, node)
    }
  }

  private mutating func check(
    _ form: Form, _ group: VisibilityGroup, _ roles: [Role], _ node: Node
  ) {
    for role in form.enteredBy where group.rights[role]?.isDisjoint(with: [.write, .own]) ?? true {
      report(
        "the role “\(role)” enters \(form.id), but the matrix does not let it.", at: Place(node))
    }
    for role in form.signedBy where !(group.rights[role]?.contains(.sign) ?? false) {
      report(
        "the role “\(role)” signs \(form.id), but the matrix does not let it.", at: Place(node))
    }
    for role in roles where DataClass.tellsArms.contains(form.dataClass) && !role.knowsArms {
      guard group.rights[role.id]?.contains(.read) ?? false else { continue }
      report(
        "the matrix lets the blinded role “\(role.id)” read \(form.id), which tells arms.",
        at: Place(node))
    }
  }
}
