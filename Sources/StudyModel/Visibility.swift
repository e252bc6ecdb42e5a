/// What a role may do with a group of data.
public enum VisibilityRight: String, CaseIterable, Sendable, Codable {
  case read, write, sign
  /// Own entries and no others.
  case own
  /// Whether something is due, done or missed, and no value.
  case status
  /// Safety alerts with the item that raised them, and not the form.
  case alerts
  /// Sums over participants, and no single one.
  case pooled
  /// A single participant, by a recorded disclosure.
  case byCase = "by_case"
}

/// One row of the visibility matrix: a group of data, and who may do what with it.
public struct VisibilityGroup: Hashable, Sendable, Identifiable {
  /// The name.
  public let id: String
  /// The title.
  public let title: String
  /// The forms that belong to it; empty for data that are no forms.
  public let forms: [FormID]
  /// The rights of each role; a role that is not named may not even know that the data exist.
  public let rights: [RoleID: Set<VisibilityRight>]

  /// Makes the value from its parts.
  public init(
    id: String, title: String, forms: [FormID], rights: [RoleID: Set<VisibilityRight>]
  ) {
    self.id = id
    self.title = title
    self.forms = forms
    self.rights = rights
  }
}

extension StudyDefinition {
  /// What a role may do with a form by the visibility matrix; nil when the study states none for it.
  public func rights(of role: RoleID, on form: FormID) -> Set<VisibilityRight>? {
    visibility.first { $0.forms.contains(form) }.map { $0.rights[role] ?? [] }
  }
}
