enum CaptureRoutes {
  static let all: [Route] = []
}
