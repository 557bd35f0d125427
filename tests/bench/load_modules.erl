%% area: code repeat: 4
-module(load_modules).
-export([main/0]).
main() ->
    Modules = [base64, calendar, dets, dict, digraph, edlin_expand, epp, erl_lint, erl_parse, erl_pp, erl_scan, erl_tar, file_sorter, filelib,
               gb_sets, gb_trees, gen_event, gen_fsm, io_lib_pretty, lib, ms_transform, orddict, ordsets, otp_internal, pool, proplists, qlc,
               qlc_pt, queue, rand, random, re, sets, shell, shell_default, slave, sofs, string, sys, timer, unicode_util, uri_string,
               win32reg, zip, v3_core, sys_core_fold, beam_ssa_opt, beam_validator, beam_jump, cerl, erl_types],
    Beams = [{M, File, Beam} || M <- Modules, File <- [code:which(M)], is_list(File), {ok, Beam} <- [file:read_file(File)], not erlang:module_loaded(M)],
    Loaded = length([M || {M, File, Beam} <- Beams, {module, _} <- [code:load_binary(M, File, Beam)]]),
    [begin code:purge(M), true = code:delete(M), code:purge(M) end || {M, _, _} <- Beams],
    {Loaded > 20, erlang:module_loaded(sofs)}.
