/// Where a data element comes from: the `source` of the data dictionary.
///
/// Source: ICH E6(R3) 4.2.1, and the origins of CDISC Define-XML. A device whose reading a person
/// types in is a transcription.
public enum ElementSource: String, Sendable, CaseIterable {
  /// Worked out from other values by a rule of the definition.
  case calculation
  /// Answered by the participant without anybody between.
  case participant
  /// Judged by a rater.
  case rater
  /// Taken over by staff from a record that lies elsewhere.
  case transcription
}

extension StudyDefinition {
  /// Where the values of a field come from.
  ///
  /// A form that several kinds of people may enter has the source of those furthest from the
  /// participant.
  public func source(of field: Field, in form: Form) -> ElementSource {
    if field.isCalculated || form.isWorkedOut { return .calculation }
    let hands = form.enteredBy.map { id -> ElementSource in
      guard let role = roles.first(where: { $0.id == id }) else { return .transcription }
      if role.blinding == .participant { return .participant }
      return role.can(.rate) ? .rater : .transcription
    }
    if hands.contains(.transcription) { return .transcription }
    return hands.contains(.rater) ? .rater : .participant
  }
}
