# Connects to a relay by Godot 3's NetworkedMultiplayerENet: godot3-server -s join.gd PORT.
# Prints "connected" and "disconnected". The relay must disconnect it: Godot 3 chooses the connect data itself,
# and puts 8 bytes of its own before each message.
extends SceneTree

var relay = NetworkedMultiplayerENet.new()

func _init():
	relay.connect("connection_succeeded", self, "print_line", ["connected"])
	relay.connect("connection_failed", self, "end", ["failed"])
	relay.connect("server_disconnected", self, "end", ["disconnected"])
	relay.channel_count = 4
	relay.create_client("127.0.0.1", int(OS.get_cmdline_args()[-1]))

func _idle(_seconds):
	relay.poll()

func print_line(text):
	print(text)

func end(text):
	print(text)
	quit()
