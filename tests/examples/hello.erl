%% The smallest program: run it with `tools/joist run tests/examples/hello.erl`.
-module(hello).
-export([main/1]).

main(_Args) ->
    io:format("Hello from ~s!~n", [erlang:system_info(machine)]),
    io:format("Process ~p of OTP ~s says: ~w~n", [is_pid(self()), erlang:system_info(otp_release), lists:seq(1, 5)]).
