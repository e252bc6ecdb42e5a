enum ClosingRoutes {
  static let all: [Route] = []
}
