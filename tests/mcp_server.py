"""A server that speaks the Model Context Protocol on its standard input and output, for the tests of tools."""

from mcp.server import MCPServer

server = MCPServer("weather")


@server.tool(name="weather")
def weather(city: str, unit: str = "degrees") -> str:
    """Tells the weather of a city."""
    if city == "Nowhere":
        raise LookupError("no such city")
    return f"In {city} it is 21 {unit} and sunny."


if __name__ == "__main__":
    server.run()
