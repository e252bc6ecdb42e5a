/// The three fields that open every form filled at a visit.
public enum FormHeader {
  /// The name of the visit date.
  public static let dateField = "vdate"
  /// The name of the question whether the form was done.
  public static let doneField = "done"
  /// The name of the reason why it was not done.
  public static let reasonField = "reason_nd"
  /// The names of all three.
  public static let names = ["vdate", "done", "reason_nd"]
}
