/// The number of the request under way, which every audit row of what it does names.
///
/// It is drawn at random with the request and follows from nothing: no reader of a trail learns from
/// it what else was asked, or how much.
public enum RequestMark {
  /// Empty outside of a request.
  @TaskLocal public static var current = ""
}
