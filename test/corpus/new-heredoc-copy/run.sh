#!/bin/sh
echo	ran
