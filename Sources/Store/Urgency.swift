/// Whether what runs now may use the connections kept for signing in and randomizing.
public enum Urgency {
  /// Set around the requests that must be answered however busy the rest is.
  @TaskLocal public static var isUrgent = false
}
